import { describe, expect, it } from "vitest";
import { en } from "../i18n/en.js";
import { screensIn } from "./test-screens.js";
import { useZone } from "./test-zone.js";

useZone("Asia/Shanghai");

const screens = screensIn(en);

describe("at 80 columns", () => {
  it("asks for a nickname on the first run", async () => {
    expect(await screens.firstRun(80)).toMatchInlineSnapshot(`
      "
      Server http://127.0.0.1:12231 (Ctrl-C to leave)
      Pick a nickname (1-24 columns, Chinese takes 2; letters, digits, Chinese, _, -)
      ! No spaces in nicknames
      ! Nicknames cannot start with @ or /
      ! "ming" is taken, try ming2
      nick> ming2█
      "
    `);
  });

  it("shows a room with a backlog, group and private messages, joins and leaves", async () => {
    expect(await screens.room(80)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      17:58 laowang: is the build broken?
      18:02 alice: just pushed a fix
      ---- the 2 messages above are from before you joined ----
      18:05 * ming joined, 4 online. Type to talk to everyone, /help for commands
      18:05 ming: hi all
      18:06 bob: @ming https://ci.example.org/build/4821
      18:06 * zhang joined
      18:06 * zhang and 4 others joined
      18:07 * bob left
      18:07 [private] alice -> you: are you there?
      18:07 [private] you -> alice: yes
       connected | 4 online                                                     /help
      ming> @al█
      "
    `);
  });

  it("lists who is online, and the help", async () => {
    expect(await screens.lists(80)).toMatchInlineSnapshot(`
      "
      5 online:
        ming      you
        alice
        laowang
        zhang
        and 1 more
      text              send to everyone
      @name text        private message, e.g. @alice hello
      /ls               who is online
      /i                ignore / show group chat (toggle)
      /reply text       reply to the last private message
      /history [N]      the last N events (default 20); again for older ones
      /ignore [name]    hide a person; without a name, who is hidden
      /unignore name    show a person again
      /reconnect        connect now
      /clear            clear the screen
      /help [keys]      this help; the keys; a command
      /quit or Ctrl-D   leave
      Anything else starting with / is never sent. /say sends any text as it is, to
      everyone; /msg name text is @name text.
       connected | 4 online                                                     /help
      ming> █
      "
    `);
  });

  it("shows problems, and keeps the input", async () => {
    expect(await screens.mistakes(80)).toMatchInlineSnapshot(`
      "
      ! No command /lss; nothing was sent. Did you mean /ls?
      ! No user named "Alcie"; private message not sent. Online: "alice"
      ! Nothing after "@alice"; not sent
      ! Too fast, try again in 3 s (your line is still in the input)
      ! Too long: 5200 bytes (1104 too many), 200 lines (150 too many); not sent (your
        line is still in the input)
       connected | 4 online                                                     /help
      ming> █
      "
    `);
  });

  it("ignores group chat, and counts what was skipped", async () => {
    expect(await screens.ignoring(80)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:09 * Ignoring group chat: only private messages and notices. /i to undo
      ! You are ignoring group chat; not sent (your line is still in the input). /i to
        undo
      18:12 * Group chat is back; 12 messages were skipped
       connected | 4 online | ignoring group chat                          /i to show
      ming(ignoring)> █
      "
    `);
  });

  it("shows who may not receive a private message, and who did not", async () => {
    expect(await screens.privately(80)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:07 [private] you -> alice: are you there?
      18:07 * alice is away: delivered if back within 30 s
      18:08 * 3 private messages to alice were not delivered
          are you there?
          https://ci.example.org/build/4821 https://ci.example.org/bui...
          and 1 more
      18:08 * 1 private message to zhang was not delivered
      ! "alice" is another person now; not sent. Enter again sends it to them
      ! "alice" joined only now; not sent. Enter again sends it to them
       connected | 4 online                                                     /help
      ming -> alice> @alice did you see it█
      "
    `);
  });

  it("waits where another client took the place of this one", async () => {
    expect(await screens.replaced(80)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:12 * another client of this session took the place of this one
       disconnected                                                        /reconnect
      ming> not sent yet█
      "
    `);
  });

  it("shows the lines that are not sent yet, dim, with their places", async () => {
    expect(await screens.pending(80)).toMatchInlineSnapshot(`
      "
      ! The connection ended before the server confirmed this line; look above whether
        it arrived (press Up to get your line back)
       1/3 hello everybody https://ci.example.org/build/4821 h... (not confirmed yet)
       2/3 -> alice> are you there? (rate limit, 3 s)
       ! @alcie hi 2 (not sent)
       3 pending | reconnecting | attempt 3 | next in 4 s       Up edits, Esc cancels
      ming> █
      "
    `);
  });

  it("searches in previous inputs", async () => {
    expect(await screens.searching(80)).toMatchInlineSnapshot(`
      "
       Enter takes it, ^R older, Esc back                                            
      (search: nothing older) "fix": the build is fixed█
      "
    `);
  });

  it("counts a long text, and what of it is too much", async () => {
    expect(await screens.tooLong(80)).toMatchInlineSnapshot(`
      "
       43 bytes (3 too many) | 5 lines (2 too many) | connected | 4 online      /help
        2
        3
        4
        the last row█
      "
    `);
  });

  it("reconnects while the person types", async () => {
    expect(await screens.reconnecting(80)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:13 ! connection lost, reconnecting; what you type is sent when it is back
       reconnecting | attempt 3 | next in 4 s                          /reconnect now
      ming> not sent yet█
      "
    `);
  });

  it("shows missed messages, or why they are gone", async () => {
    expect(await screens.resumed(80)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      ---- offline 38 s, 2 missed messages ----
      18:13 alice: anyone here?
      18:14 laowang: yes
      18:14 * back online
      18:15 * back online, nothing missed
      ---- offline 38 s, missed messages follow ----
      ---- offline 3 h, only recent messages are kept, older ones are gone ----
      18:16 * the server was restarted; earlier messages were not kept
      18:16 * the server lost its latest messages; continuing from here
      18:17 * the server is shutting down
       connected | 4 online                                                     /help
      ming> █
      "
    `);
  });

  it("shows the recipient of a private message, and the candidates of a completion", async () => {
    expect(await screens.addressing(80)).toMatchInlineSnapshot(`
      "
       alice  alex  ali   Tab next                                                   
      ming -> alex> @alex █
      "
    `);
  });
});

describe("at 40 columns", () => {
  it("asks for a nickname on the first run", async () => {
    expect(await screens.firstRun(40)).toMatchInlineSnapshot(`
      "
      Server http://127.0.0.1:12231 (Ctrl-C to
      leave)
      Pick a nickname (1-24 columns, Chinese
      takes 2; letters, digits, Chinese, _, -)
      ! No spaces in nicknames
      ! Nicknames cannot start with @ or /
      ! "ming" is taken, try ming2
      nick> ming2█
      "
    `);
  });

  it("shows a room with a backlog, group and private messages, joins and leaves", async () => {
    expect(await screens.room(40)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      17:58 laowang: is the build broken?
      18:02 alice: just pushed a fix
      ---- the 2 messages above are from
           before you joined ----
      18:05 * ming joined, 4 online. Type to
            talk to everyone, /help for
            commands
      18:05 ming: hi all
      18:06 bob: @ming
            https://ci.example.org/build/4821
      18:06 * zhang joined
      18:06 * zhang and 4 others joined
      18:07 * bob left
      18:07 [private] alice -> you: are you
            there?
      18:07 [private] you -> alice: yes
       connected | 4 online             /help
      ming> @al█
      "
    `);
  });

  it("lists who is online, and the help", async () => {
    expect(await screens.lists(40)).toMatchInlineSnapshot(`
      "
      5 online:
        ming      you
        alice
        laowang
        zhang
        and 1 more
      text
        send to everyone
      @name text
        private message, e.g. @alice hello
      /ls
        who is online
      /i
        ignore / show group chat (toggle)
      /reply text
        reply to the last private message
      /history [N]
        the last N events (default 20); again
        for older ones
      /ignore [name]
        hide a person; without a name, who is
        hidden
      /unignore name
        show a person again
      /reconnect
        connect now
      /clear
        clear the screen
      /help [keys]
        this help; the keys; a command
      /quit or Ctrl-D
        leave
      Anything else starting with / is never
      sent. /say sends any text as it is, to
      everyone; /msg name text is @name text.
       connected | 4 online             /help
      ming> █
      "
    `);
  });

  it("shows problems, and keeps the input", async () => {
    expect(await screens.mistakes(40)).toMatchInlineSnapshot(`
      "
      ! No command /lss; nothing was sent. Did
        you mean /ls?
      ! No user named "Alcie"; private message
        not sent. Online: "alice"
      ! Nothing after "@alice"; not sent
      ! Too fast, try again in 3 s (your line
        is still in the input)
      ! Too long: 5200 bytes (1104 too many),
        200 lines (150 too many); not sent
        (your line is still in the input)
       connected | 4 online             /help
      ming> █
      "
    `);
  });

  it("ignores group chat, and counts what was skipped", async () => {
    expect(await screens.ignoring(40)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:09 * Ignoring group chat: only
            private messages and notices. /i
            to undo
      ! You are ignoring group chat; not sent
        (your line is still in the input). /i
        to undo
      18:12 * Group chat is back; 12 messages
            were skipped
       connected | 4 online                  
      ming(ignoring)> █
      "
    `);
  });

  it("shows who may not receive a private message, and who did not", async () => {
    expect(await screens.privately(40)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:07 [private] you -> alice: are you
            there?
      18:07 * alice is away: delivered if back
            within 30 s
      18:08 * 3 private messages to alice were
            not delivered
          are you there?
          https://ci.example.org/build/4821
            https://ci.example.org/bui...
          and 1 more
      18:08 * 1 private message to zhang was
            not delivered
      ! "alice" is another person now; not
        sent. Enter again sends it to them
      ! "alice" joined only now; not sent.
        Enter again sends it to them
       connected | 4 online             /help
      ming -> alice> @alice did you see it█
      "
    `);
  });

  it("waits where another client took the place of this one", async () => {
    expect(await screens.replaced(40)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:12 * another client of this session
            took the place of this one
       disconnected                /reconnect
      ming> not sent yet█
      "
    `);
  });

  it("shows the lines that are not sent yet, dim, with their places", async () => {
    expect(await screens.pending(40)).toMatchInlineSnapshot(`
      "
      ! The connection ended before the server
        confirmed this line; look above
        whether it arrived (press Up to get
        your line back)
       1/3 hello every... (not confirmed yet)
       2/3 -> alice> are... (rate limit, 3 s)
       ! @alcie hi 2 (not sent)
       3 pending | reconnecting | attempt 3  
      ming> █
      "
    `);
  });

  it("searches in previous inputs", async () => {
    expect(await screens.searching(40)).toMatchInlineSnapshot(`
      "
       Enter takes it, ^R older, Esc back    
      (search: nothing older) "fix": the build
       is fixed█
      "
    `);
  });

  it("counts a long text, and what of it is too much", async () => {
    expect(await screens.tooLong(40)).toMatchInlineSnapshot(`
      "
       43 bytes (3 too many)                 
        2
        3
        4
        the last row█
      "
    `);
  });

  it("reconnects while the person types", async () => {
    expect(await screens.reconnecting(40)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      18:13 ! connection lost, reconnecting;
            what you type is sent when it is
            back
       reconnecting | attempt 3 | next in 4 s
      ming> not sent yet█
      "
    `);
  });

  it("shows missed messages, or why they are gone", async () => {
    expect(await screens.resumed(40)).toMatchInlineSnapshot(`
      "
      ---- Sunday, November 22 ----
      ---- offline 38 s, 2 missed
           messages ----
      18:13 alice: anyone here?
      18:14 laowang: yes
      18:14 * back online
      18:15 * back online, nothing missed
      ---- offline 38 s, missed messages
           follow ----
      ---- offline 3 h, only recent messages
           are kept, older ones are gone ----
      18:16 * the server was restarted;
            earlier messages were not kept
      18:16 * the server lost its latest
            messages; continuing from here
      18:17 * the server is shutting down
       connected | 4 online             /help
      ming> █
      "
    `);
  });

  it("shows the recipient of a private message, and the candidates of a completion", async () => {
    expect(await screens.addressing(40)).toMatchInlineSnapshot(`
      "
       alice  alex  ali   Tab next           
      ming -> alex> @alex █
      "
    `);
  });
});
