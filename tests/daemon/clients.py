#!/usr/bin/env python3
"""A thousand clients of the control socket at once, half of them stuck or hostile, all of them
without a pause until something stands on standard input.

usage: clients.py SOCKET COUNT [UID]   UID: all are hostile, and nobody's in particular

Says "ready" when all are connected; in the end "answered N gone N longest_ms N": answers the
polite half had, connections the daemon closed, the longest a polite one waited for an answer.
"""
import os
import resource
import select
import socket
import sys
import time

GATEWAY = b"jp.sekisho.Gateway."


def call(method, rest=b""):
    return b'{"method": "' + method + b'"' + rest + b"}\0"


# What each says first, and then again and again whenever there is room; none but the polite reads.
HOSTILE = [
    (b'{"method": "jp.sekisho', b""),                        # half a message, then silence
    (b'{"method": "', b"x" * 65536),                         # a gigabyte, as far as it gets
    (b'{"method": 5}\0', b""),                               # a wrong type
    (b"\0" * 10, b""),                                       # empty messages
    (b"[" * 4000, b"[" * 4000),                              # depth
    (call(b"no.such.Method"), None),                         # gone before the answer
    (b"", call(GATEWAY + b"Flows", b', "more": true') * 50), # asks and asks
    (b"", call(GATEWAY + b"Verify") * 50),                   # what is dear
    (call(GATEWAY + b"Watch", b', "more": true'), b""),      # listens to nothing
    (b"", b""),                                              # says nothing
]


class Client:
    def __init__(self, number, polite):
        self.number, self.polite = number, polite
        self.first, self.rest = HOSTILE[number // 2 % len(HOSTILE)]
        self.socket = None

    def connect(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)  # waits in the queue, not for an answer
        self.socket.setblocking(False)
        self.heard, self.asked_at = b"", 0.0
        self.say(self.ask() if self.polite else self.first)

    def ask(self):
        self.asked_at = time.monotonic()
        return call(GATEWAY + b"Status")

    def say(self, what):
        try:
            if what:
                self.socket.send(what)
            return True
        except BlockingIOError:
            return True
        except OSError:
            return False


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    if len(sys.argv) > 3:
        os.setgroups([])
        os.setgid(int(sys.argv[3]))
        os.setuid(int(sys.argv[3]))
    poll = select.epoll()
    clients, figures = {}, {"answered": 0, "gone": 0, "longest_ms": 0}

    def enter(client):
        client.connect(path)
        clients[client.socket.fileno()] = client
        wants = client.polite or client.rest == b""
        poll.register(client.socket, select.EPOLLIN if wants and client.polite else
                      select.EPOLLOUT if client.rest else 0)

    def again(client):
        poll.unregister(client.socket)
        del clients[client.socket.fileno()]
        client.socket.close()
        figures["gone"] += 1
        enter(client)

    for number in range(count):
        enter(Client(number, len(sys.argv) <= 3 and number % 2 == 0))
    print("ready", flush=True)
    poll.register(0, select.EPOLLIN)
    while True:
        for fd, events in poll.poll(1):
            if fd == 0:
                print(" ".join(f"{name} {n}" for name, n in figures.items()), flush=True)
                return
            client = clients[fd]
            if client.polite and events & select.EPOLLIN:
                try:
                    client.heard += client.socket.recv(1 << 16)
                except OSError:
                    events |= select.EPOLLHUP
                if client.heard.endswith(b"\0"):
                    took = int((time.monotonic() - client.asked_at) * 1000)
                    figures["answered"] += b'"enforcing"' in client.heard
                    figures["longest_ms"] = max(figures["longest_ms"], took)
                    client.heard = b""
                    client.say(client.ask())
            elif client.rest is None or (events & select.EPOLLOUT and not client.say(client.rest)):
                events |= select.EPOLLHUP
            if events & (select.EPOLLHUP | select.EPOLLERR):
                again(client)


main()
