#!/usr/bin/env node
import { launch } from "./launch.js";

launch("parlance-server", "server/main.ts");
