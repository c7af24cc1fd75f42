"""A mitmproxy add-on that saves what clients sent, and of answers the head only.

The proxy stands where all servers stand (see record.sh), so the host is that
of the Host header. Requests for the shop's own pages and code are left out.
"""
import os

from mitmproxy import ctx, http, io

SHOP = "shop.quinze.test"
BROWSER = ("update.googleapis.com",)  # it asks for itself, and tells the kernel's version
KEEP = "/api/"  # of the shop's own requests


class Recorder:
    def load(self, loader):
        loader.add_option("save_to", str, "", "file to write flows to")

    def running(self):
        self.file = open(ctx.options.save_to, "wb")
        self.writer = io.FlowWriter(self.file)

    def response(self, flow: http.HTTPFlow):
        host = flow.request.pretty_host
        if flow.request.method == "OPTIONS" or host in BROWSER or host == SHOP and not flow.request.path.startswith(KEEP):
            return
        flow = flow.copy()
        flow.request.host = host
        flow.request.port = 443 if flow.request.scheme == "https" else 80
        flow.response.content = b""
        flow.server_conn.sockname = flow.server_conn.peername = None
        self.writer.add(flow)
        self.file.flush()

    def done(self):
        self.file.close()


addons = [Recorder()]
