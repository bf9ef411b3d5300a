#!/usr/bin/env python3
"""Traffic that does not stop, between two machines on different sides of a gateway, and the truth
about what arrived. One process with sockets in both namespaces.

usage: traffic.py FROM_NETNS TO_NETNS TO_ADDRESS PERMITTED_PORT FORBIDDEN_PORT

Every millisecond it sends what no policy permits: a datagram and a SYN to FORBIDDEN_PORT and a
datagram to PERMITTED_PORT. Arrived is what a packet socket of the receiver saw of those, answered
or not. Beside them, over TCP to PERMITTED_PORT, one connection that is kept (a line is said as
soon as the last one was said back) and a new one every 20 ms.

Commands on standard input, one a line; each is answered with one line:
  after N   when N more rounds of the forbidden were sent: all figures since the last "after"
  dial      makes the connection that is kept: "up" or "down"; forgets new ones on their way
  quit
"""
import ctypes
import errno
import os
import select
import socket
import sys
import time

CLONE_NEWNET = 0x40000000
NEW_EVERY, NEW_LOST_SEC = 0.020, 0.9  # a SYN that was lost is said again after a second
FIGURES = ("sent", "arrived", "said", "broken", "new", "lost", "longest_ms")


def enter(path):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(path) as netns:
        if libc.setns(netns.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns", path)


class Receiver:
    """The machine that is to receive nothing but the permitted port over TCP."""

    def __init__(self, netns, address, permitted, forbidden):
        enter(netns)
        self.wrong = {(17, forbidden), (6, forbidden), (17, permitted)}
        self.frames = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self.frames.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.frames.setblocking(False)
        self.listener = socket.create_server((address, permitted), backlog=500)
        self.listener.setblocking(False)
        self.served = []

    def arrived(self):
        count = 0
        while True:
            try:
                frame, where = self.frames.recvfrom(128)
            except BlockingIOError:
                return count
            if where[2] == socket.PACKET_OUTGOING:
                continue
            payload = frame[(frame[0] & 15) * 4:]
            if (frame[9], int.from_bytes(payload[2:4], "big")) in self.wrong:
                count += 1

    def serve(self):
        try:
            while True:
                self.served.append(self.listener.accept()[0])
                self.served[-1].setblocking(False)
        except OSError:
            pass
        for one in list(self.served):
            try:
                said = one.recv(4096)
                if said:
                    one.send(said)
                    continue
            except BlockingIOError:
                continue
            except OSError:
                pass
            one.close()
            self.served.remove(one)


class Sender:
    def __init__(self, netns, address, permitted, forbidden):
        enter(netns)
        self.netns, self.forbidden = netns, (address, forbidden)
        self.permitted = (address, permitted)
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.setblocking(False)
        self.probe = None
        self.kept = None
        self.waiting = False
        self.heard_at = 0.0
        self.opening = []
        self.opened_at = 0.0
        self.clear()

    def clear(self):
        self.figures = dict.fromkeys(FIGURES, 0)
        self.heard_at = time.monotonic()

    def connect(self, where):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(where)
        return one

    def forbidden_round(self):
        for where in (self.forbidden, self.permitted):
            try:
                self.datagrams.sendto(b"forbidden", where)
            except OSError:
                pass
        if self.probe:
            self.probe.close()
        self.probe = self.connect(self.forbidden)
        self.figures["sent"] += 1

    def kept_round(self, now):
        if not self.kept:
            return
        try:
            if self.waiting:
                if not self.kept.recv(64):
                    raise ConnectionResetError
                self.figures["said"] += 1
                self.silence(now)
                self.heard_at, self.waiting = now, False
            self.kept.send(b"permitted\n")
            self.waiting = True
        except BlockingIOError:
            self.silence(now)
        except OSError:
            self.figures["broken"] += 1
            self.kept.close()
            self.kept = None

    def silence(self, now):
        self.figures["longest_ms"] = max(self.figures["longest_ms"], int((now - self.heard_at) * 1000))

    def new_round(self, now):
        if now - self.opened_at >= NEW_EVERY:
            self.opening.append((self.connect(self.permitted), now))
            self.opened_at = now
        for one, since in list(self.opening):
            writable = select.select([], [one], [], 0)[1]
            if not writable and now - since < NEW_LOST_SEC:
                continue
            good = writable and not one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self.figures["new" if good else "lost"] += 1
            one.close()
            self.opening.remove((one, since))


def dial(sender, receiver):
    if sender.kept:
        sender.kept.close()
    for one, _ in sender.opening:  # begun when nothing was permitted yet, perhaps
        one.close()
    sender.opening = []
    sender.kept = sender.connect(sender.permitted)
    sender.waiting = False
    until = time.monotonic() + 5
    while time.monotonic() < until:
        receiver.serve()
        if select.select([], [sender.kept], [], 0.01)[1]:
            if sender.kept.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                sender.kept.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sender.heard_at = time.monotonic()
                return "up"
            break
    sender.kept.close()
    sender.kept = None
    return "down"


def main():
    source, sink, address = sys.argv[1:4]
    permitted, forbidden = map(int, sys.argv[4:6])
    receiver = Receiver(sink, address, permitted, forbidden)
    sender = Sender(source, address, permitted, forbidden)
    commands, answer_at = b"", None
    while True:
        if select.select([0], [], [], 0.001)[0]:
            got = os.read(0, 4096)
            if not got:
                return
            commands += got
        now = time.monotonic()
        sender.forbidden_round()
        receiver.serve()
        sender.kept_round(now)
        sender.new_round(now)
        sender.figures["arrived"] += receiver.arrived()
        if answer_at is not None and sender.figures["sent"] >= answer_at:
            print(" ".join(f"{name}={sender.figures[name]}" for name in FIGURES), flush=True)
            sender.clear()
            answer_at = None
        while answer_at is None and b"\n" in commands:
            line, commands = commands.split(b"\n", 1)
            words = line.split()
            if words[0] == b"quit":
                return
            if words[0] == b"dial":
                print(dial(sender, receiver), flush=True)
            elif words[0] == b"after":
                answer_at = sender.figures["sent"] + int(words[1])


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyboardInterrupt) as error:
        if getattr(error, "errno", None) != errno.EPIPE:
            print(f"traffic: {error}", file=sys.stderr)
        sys.exit(1)
