"""A WHIP publisher made of GStreamer: gstreamer.py URL.

Publishes a test picture and a test sound until its standard input ends, then deletes
the session.  Prints "published" once the answer has been applied.
"""

import sys
import threading
import urllib.parse
import urllib.request

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstSdp', '1.0')
gi.require_version('GstWebRTC', '1.0')
from gi.repository import GLib, Gst, GstSdp, GstWebRTC

PIPELINE = '''
    webrtcbin name=rtc bundle-policy=max-bundle
    videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=15/1
        ! vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay ! queue
        ! application/x-rtp,media=video,encoding-name=VP8,payload=96 ! rtc.
    audiotestsrc is-live=true ! audioconvert ! audioresample ! opusenc ! rtpopuspay ! queue
        ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! rtc.
'''

Gst.init(None)
if len(sys.argv) == 1:  # is everything there?
    wanted = ['webrtcbin', 'nicesrc', 'vp8enc', 'rtpvp8pay', 'opusenc', 'rtpopuspay', 'srtpenc', 'dtlsenc']
    sys.exit(any(Gst.ElementFactory.find(name) is None for name in wanted))

endpoint = sys.argv[1]
loop = GLib.MainLoop()
pipeline = Gst.parse_launch(PIPELINE)
rtc = pipeline.get_by_name('rtc')
session = None


def offered(promise):
    promise.wait()
    reply = promise.get_reply()  # owns the offer
    rtc.emit('set-local-description', reply['offer'], Gst.Promise.new())


def gathered(*_):
    if rtc.get_property('ice-gathering-state') == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
        threading.Thread(target=post).start()


def post():
    global session
    offer = rtc.get_property('local-description').sdp.as_text()
    request = urllib.request.Request(endpoint, offer.encode(), {'Content-Type': 'application/sdp'})
    with urllib.request.urlopen(request) as response:
        session = urllib.parse.urljoin(endpoint, response.headers['Location'])
        answer = response.read()
    _, message = GstSdp.SDPMessage.new()
    GstSdp.sdp_message_parse_buffer(answer, message)
    description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
    rtc.emit('set-remote-description', description, Gst.Promise.new())
    print('published', flush=True)


def leave():
    sys.stdin.read()
    if session:
        urllib.request.urlopen(urllib.request.Request(session, method='DELETE')).close()
    loop.quit()


rtc.connect('on-negotiation-needed',
            lambda _: rtc.emit('create-offer', None, Gst.Promise.new_with_change_func(offered)))
rtc.connect('notify::ice-gathering-state', gathered)
threading.Thread(target=leave).start()
pipeline.set_state(Gst.State.PLAYING)
loop.run()
pipeline.set_state(Gst.State.NULL)
