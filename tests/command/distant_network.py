#!/usr/bin/env python3
"""Machines far apart, as network namespaces of this one: what they send arrives so many milliseconds later.

    distant_network.py COUNT MILLISECONDS

Makes the namespaces hinge1 to hingeN with the addresses 10.77.0.1 to 10.77.0.N; this process's own is 10.77.0.254. Prints "ready", then
carries packets between them until its input ends, and removes them. Needs root. The kernel's own delay (netem) is not built everywhere.
"""

import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
LARGEST_PACKET = 65535


def run(*words):
    subprocess.run(words, check=True)


def open_device(name):
    """The end of a network device that this process plays."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def connect(number, namespace):
    """A device with the address 10.77.0.NUMBER, in a namespace or, without one, here."""
    name = f"hinge-tun{number}"
    device = open_device(name)
    inside = []
    if namespace:
        run("ip", "netns", "add", namespace)
        run("ip", "link", "set", name, "netns", namespace)
        inside = ["ip", "netns", "exec", namespace]
        run(*inside, "ip", "link", "set", "lo", "up")
    run(*inside, "ip", "addr", "add", f"10.77.0.{number}/24", "dev", name)
    run(*inside, "ip", "link", "set", name, "mtu", "9000", "up")
    return device


def carry(devices, delay):
    """Each packet waits, in the order in which they came, and goes to the device of its address."""
    waiting = collections.deque()
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        readable = select.select([0, *devices.values()], [], [], timeout)[0]
        if 0 in readable:
            return
        for device in readable:
            packet = os.read(device, LARGEST_PACKET)
            receiver = devices.get(packet[19]) if packet[0] >> 4 == 4 else None
            if receiver is not None:
                waiting.append((time.monotonic() + delay, receiver, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, receiver, packet = waiting.popleft()
            os.write(receiver, packet)


def main():
    count, delay = int(sys.argv[1]), float(sys.argv[2]) / 1000
    namespaces = {number: f"hinge{number}" for number in range(1, count + 1)}
    try:
        devices = {number: connect(number, name) for number, name in namespaces.items()}
        devices[254] = connect(254, "")
        print("ready", flush=True)
        carry(devices, delay)
    finally:
        for name in namespaces.values():
            subprocess.run(["ip", "netns", "del", name], check=False)


main()
