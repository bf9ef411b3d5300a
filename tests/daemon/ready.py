"""What systemd does for a service of Type=notify: listens at the socket that is named first, reads
the service's pid from the pipe that is named second, and ends well when it says READY=1, with 1
when it ends before, or says nothing for a minute."""
import os, select, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
pidfd = os.pidfd_open(int(open(sys.argv[2]).read()))
while True:
    readable = select.select([s, pidfd], [], [], 60)[0]
    if s in readable and b"READY=1" in s.recv(4096):
        sys.exit(0)
    if pidfd in readable or not readable:
        sys.exit(1)
