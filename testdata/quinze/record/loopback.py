"""mitmdump add-on for the recording: every upstream connection goes to the
origin on loopback, whatever its name, so nothing can leave the machine. (Chromium itself looks for updates
through the proxy; those flows are refused by the origin and not saved.)"""


def server_connect(data):
    data.server.address = ("127.0.0.1", 8443)
