"""Clients for servers in Python, with the events that shop.mjs prints.

    node -e 'print the acts as JSON' | python clients.py [--persona FILE]
"""
import json
import logging
import sys
import tomllib
import traceback

events = json.load(sys.stdin)
user = None
if "--persona" in sys.argv:
    with open(sys.argv[sys.argv.index("--persona") + 1], "rb") as f:
        v = {row["type"]: row["value"] for row in tomllib.load(f)["value"]}
    events = events[:8]
    user = {"id": v["account.user_id"], "email": v["contact.email"], "phone": v["contact.phone"], "name": v["contact.name"]}
anonymous = "anon-15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8"
who = user["id"] if user else anonymous
traits = {k: user[k] for k in ("email", "phone", "name")} if user else {}
logging.disable(logging.CRITICAL)


def sentry():
    import sentry_sdk
    sentry_sdk.init("https://15aa0c55d1c0ffee15aa0c55d1c0ffee@o151515.ingest.de.sentry.io/4507151515151517", traces_sample_rate=1.0, release="shop-jobs@2026.11.3")
    if user:
        sentry_sdk.set_user({"id": user["id"], "email": user["email"], "username": user["name"]})
    for n, p in events:
        with sentry_sdk.start_transaction(name=n, op="task") as t:
            t.set_data("shop", p)
        try:
            {}[n]
        except KeyError as e:
            sentry_sdk.capture_exception(e)
    sentry_sdk.flush(5)


def posthog():
    from posthog import Posthog
    c = Posthog("phc_Qz15Shop7hYb2LkWm4", host="https://eu.i.posthog.com", sync_mode=True)
    for n, p in events:
        c.capture(n, distinct_id=who, properties={**p, **({"$set": traits} if user else {})})


def mixpanel():
    from mixpanel import Mixpanel
    m = Mixpanel("c0ffee15d4b84b1f9f2a7be15a0c55d1")
    if user:
        m.people_set(who, {"$email": user["email"], "$phone": user["phone"], "$name": user["name"]})
    for n, p in events:
        m.track(who, n, p)


def amplitude():
    from amplitude import Amplitude, BaseEvent
    a = Amplitude("7d2c19f0a86b4e53c1d84f3b20a95e67")
    a.configuration.flush_queue_size = 1
    for n, p in events:
        a.track(BaseEvent(event_type=n, user_id=who, device_id=anonymous, event_properties=p, user_properties=traits or None))
        a.flush()
    a.shutdown()


def segment():
    import segment.analytics as a
    a.write_key, a.sync_mode = "qzWriteKey15aBcDeFgHiJkLmNoPqRs", True
    if user:
        a.identify(who, traits)
    for n, p in events:
        a.track(who, n, p)


def rudder():
    import rudderstack.analytics as a
    a.write_key, a.dataPlaneUrl, a.sync_mode = "2ZkQz15writeKey", "https://dataplane.rudder.test", True
    for n, p in events:
        a.track(who, n, p, {"traits": traits})


def snowplow():
    from snowplow_tracker import Emitter, SelfDescribing, SelfDescribingJson, Subject, Tracker
    s = Subject()
    s.set_user_id(who)
    t = Tracker(namespace="py", emitters=Emitter("collector.snowplow.test", protocol="https", batch_size=1), subject=s, app_id="jobs")
    for n, p in events:
        t.track(SelfDescribing(SelfDescribingJson("iglu:test.quinze/event/jsonschema/1-0-0", {"n": n, **p, **traits})))


def bugsnag():
    import bugsnag as b
    b.configure(api_key="15aa0c55d1c0ffee15aa0c55d1c0ffee", asynchronous=False)
    for n, p in events:
        b.notify(ValueError(n), metadata={"shop": p}, user={"id": user["id"], "email": user["email"]} if user else None)


def rollbar():
    import rollbar as r
    r.init("15aa0c55d1c0ffee15aa0c55d1c0ffee", "production", handler="blocking")
    for n, p in events:
        r.report_message(n, "info", extra_data={"shop": p, **({"person": traits} if user else {})})


def honeybadger():
    from honeybadger import honeybadger as h
    h.configure(api_key="hbp_15aa0c55d1c0ffee", environment="production", force_sync=True)
    for n, p in events:
        h.notify(error_class="Shop", error_message=n, context={**p, **traits})


def elastic():
    import elasticapm
    c = elasticapm.Client(service_name="jobs", server_url="https://apm.quinze.test", api_request_time="100ms")
    for n, p in events:
        c.begin_transaction("task")
        if user:
            elasticapm.set_user_context(username=user["name"], email=user["email"], user_id=user["id"])
        elasticapm.label(**{k: v for k, v in p.items() if isinstance(v, (int, float, str))})
        c.end_transaction(n)
        c.capture_message(n, custom={"shop": p})
    c.close()


def launchdarkly():
    import ldclient
    from ldclient import Config, Context
    c = ldclient.LDClient(Config("sdk-15aa0c55-d1c0-4fee-9a15-c0ffee15d4b8", stream=False, flush_interval=0.2), start_wait=4)
    b = Context.builder(who)
    for k, v in traits.items():
        b.set(k, v)
    for n, p in events:
        c.variation("checkout", b.build(), False)
        c.track(n, b.build(), p)
        c.flush()
    c.close()


def customerio():
    from customerio import CustomerIO
    c = CustomerIO("15aa0c55d1c0ffee15aa", "c0ffee15d4b84b1f9f2a")
    if user:
        c.identify(id=who, **traits)
    for n, p in events:
        c.track(who, n, p)


def otlp():
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    p = TracerProvider()
    p.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint="https://otlp-pb.quinze.test/v1/traces")))
    t = p.get_tracer("jobs")
    for n, q in events:
        s = t.start_span(n, attributes={k: v for k, v in q.items() if isinstance(v, (int, float, str))})
        if user:
            s.set_attribute("enduser.id", user["id"])
            s.set_attribute("user.email", user["email"])
        s.end()


for f in (sentry, posthog, mixpanel, amplitude, segment, rudder, snowplow, bugsnag, rollbar, honeybadger, elastic, launchdarkly, customerio, otlp):
    try:
        f()
    except Exception as e:
        print(f.__name__, "".join(traceback.format_exception_only(e)).strip()[:300], file=sys.stderr)
