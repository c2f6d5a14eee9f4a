// Runs in the page before its own script: what only the page itself can time.
(() => {
  /** A channel's message is the first task after the frame. */
  function afterFrame() {
    return new Promise((resolve) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      });
    });
  }

  const log = () => document.querySelector("#log");
  const isTypable = () => {
    const enter = document.querySelector("#enter");
    return enter !== null && !enter.disabled && enter.checkVisibility();
  };

  /** ms since the navigation: the nickname can be typed and submitted. */
  const ready = new Promise((resolve) => {
    const look = () => {
      if (document.readyState !== "loading" && isTypable()) resolve(performance.now());
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });

  globalThis.probe = {
    ready: () => ready,
    firstPaintMs: () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,

    /** Clock of the machine, ms: when a message of this text was in the document. */
    async added(text) {
      const target = log();
      const rows = target.querySelector(".rows");
      // Others may have followed it.
      const has = () => [...rows.children].slice(-20).some((row) => row.textContent.includes(text));
      if (!has()) {
        await new Promise((resolve) => {
          const observer = new MutationObserver(() => {
            if (!has()) return;
            observer.disconnect();
            resolve();
          });
          observer.observe(rows, { childList: true });
        });
      }
      return performance.timeOrigin + performance.now();
    },

    /** Clock of the machine, ms: when the frame with a message of this text was drawn. */
    async shown(text) {
      await this.added(text);
      return performance.timeOrigin + (await afterFrame());
    },

    /** Jumps to places all over the rows; ms until the frame after each was drawn. */
    async jumps(count) {
      const times = [];
      const target = log();
      for (let n = 0; n < count; n++) {
        const place = ((n * 7_919) % 1_000) / 1_000;
        const before = await new Promise(requestAnimationFrame);
        target.scrollTop = 1_000 + place * (target.scrollHeight - target.clientHeight - 2_000);
        times.push((await afterFrame()) - before);
        await afterFrame();
      }
      target.scrollTop = target.scrollHeight;
      await afterFrame();
      return times;
    },

    rows: () => log().querySelectorAll("article").length,
  };
})();
