# SPDX-License-Identifier: MIT
# bridges_speak.py FILE - while FILE is there, each interface of this network namespace sends a broadcast each millisecond
import os
import socket
import sys
import time

said = 0
while os.path.exists(sys.argv[1]):
    for _, name in socket.if_nameindex():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            try:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode())
                s.sendto(b'heard?', ('255.255.255.255', 9))
                said += 1
            except OSError:
                pass  # it is coming or going
    time.sleep(0.001)
sys.exit(said == 0)
