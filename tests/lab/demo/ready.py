"""What systemd does for a service of Type=notify: listens at the socket named as argument, says
"listening", and ends well when the service says READY=1. Knows nothing of the service itself."""
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
listener.settimeout(60)
print("listening", flush=True)
while b"READY=1" not in listener.recv(4096).split(b"\n"):
    pass
