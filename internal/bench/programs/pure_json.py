"""The standard library's json, in Python."""

import json.decoder
import json.encoder
import json.scanner
import time

json.encoder.c_make_encoder = None
json.encoder.encode_basestring_ascii = json.encoder.py_encode_basestring_ascii
json.decoder.scanstring = json.decoder.py_scanstring
decoder = json.decoder.JSONDecoder()
decoder.parse_string = json.decoder.py_scanstring
decoder.scan_once = json.scanner.py_make_scanner(decoder)
document = [{"name": "item %d" % i, "values": [i, i / 3, None, True], "nested": {"text": 'caf\u00e9 "%d"' % i}} for i in range(400)]


def work(rounds):
    for _ in range(rounds):
        text = "".join(json.encoder.JSONEncoder().iterencode(document))
        assert decoder.decode(text) == document


work(1)
start = time.thread_time_ns()
work(40)
print(time.thread_time_ns() - start)
