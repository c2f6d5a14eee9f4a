"""Chat room with a thread per connection and a lock around the list of subscribers, as was usual in 2010.

A connection first sends "S NAME" (subscribe) or "P NAME" (publish); every later line goes to all subscribers.
"""

import socket
import threading
import time

STACK_BYTES = 256 * 1024  # the default of 8 MiB of address space each would not hold 5,000 threads everywhere
RECEIVE_BYTES = 4096

listeners = {}
lock = threading.Lock()


def broadcast(name, text):
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    message = f"[{stamp}] {name}: {text}\n".encode()
    with lock:
        for connection in list(listeners.values()):
            try:
                connection.sendall(message)
            except OSError:
                pass  # its own thread removes it


def serve(connection):
    key = connection.fileno()
    name = None
    rest = b""
    try:
        while chunk := connection.recv(RECEIVE_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                text = line.decode()
                if name is not None:
                    broadcast(name, text)
                    continue
                name = text[2:]
                if text.startswith("S"):
                    with lock:
                        listeners[key] = connection
                connection.sendall(b"ok\n")
    except OSError:
        pass
    finally:
        with lock:
            listeners.pop(key, None)
        connection.close()


def main():
    threading.stack_size(STACK_BYTES)
    server = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(f"listens on 127.0.0.1:{server.getsockname()[1]}", flush=True)
    while True:
        connection, _ = server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


main()
