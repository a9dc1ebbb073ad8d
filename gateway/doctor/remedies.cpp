#include "gateway/doctor/proxies.hpp"

#include <array>

namespace sluice::gateway::doctor {

namespace {

struct row {
    proxy who;
    trouble what;
    std::string_view text;
};

constexpr std::array rows{
    row{proxy::nginx, trouble::buffering, R"(location / {
    proxy_pass http://sluice;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_buffering off;            # or on, without proxy_ignore_headers X-Accel-Buffering
    proxy_cache off;
    gzip off;
})"},
    row{proxy::nginx,
        trouble::compression,
        R"(gzip off;                           # or take text/event-stream out of gzip_types
brotli off;                         # likewise, where that module is loaded)"},
    row{proxy::nginx,
        trouble::resume,
        R"(proxy_pass_request_headers on;      # and no proxy_set_header Last-Event-ID
# several gateways: a stream lives in the one that began it
# upstream sluice { ip_hash; ... })"},
    row{proxy::nginx, trouble::leaving, "proxy_ignore_client_abort off;"},
    row{proxy::nginx,
        trouble::idle,
        R"(proxy_read_timeout 1h;              # silence of the gateway; it sends a heartbeat each 15 s
proxy_send_timeout 1h;)"},
    row{proxy::nginx,
        trouble::http2,
        R"(listen 443 ssl http2;               # from nginx 1.25.1 on: listen 443 ssl; http2 on;)"},
    row{proxy::nginx,
        trouble::unreachable,
        R"(proxy_pass http://127.0.0.1:8080;   # where `sluice serve` listens; see also nginx's error_log)"},

    row{proxy::caddy, trouble::buffering, R"(reverse_proxy 127.0.0.1:8080 {
    flush_interval -1
    # and none of: buffer_responses, response_buffers
})"},
    row{proxy::caddy, trouble::compression, R"(@compressible not path /v1/* /v1beta/* /api/*
encode @compressible gzip zstd)"},
    row{proxy::caddy, trouble::resume, R"(reverse_proxy 127.0.0.1:8080 {
    # without header_up -Last-Event-ID; several gateways: lb_policy ip_hash
})"},
    row{proxy::caddy,
        trouble::leaving,
        R"(# Caddy ends the request at the gateway with the client's, unless it buffers or retries it)"},
    row{proxy::caddy, trouble::idle, R"(reverse_proxy 127.0.0.1:8080 {
    transport http {
        read_timeout 1h
        write_timeout 1h
    }
})"},
    row{proxy::caddy,
        trouble::http2,
        R"(# Caddy speaks HTTP/2 by itself over TLS: `protocols h1` in its servers option turns it off)"},
    row{proxy::caddy,
        trouble::unreachable,
        R"(reverse_proxy 127.0.0.1:8080        # where `sluice serve` listens)"},

    row{proxy::haproxy,
        trouble::buffering,
        R"(# HAProxy passes on what comes, unless one of these makes it wait:
#   http-response wait-for-body ...
#   filter compression, compression algo ... with text/event-stream among its types
option http-no-delay)"},
    row{proxy::haproxy, trouble::compression, "# take text/event-stream out of `compression type`"},
    row{proxy::haproxy,
        trouble::resume,
        R"(# without http-request del-header Last-Event-ID; several gateways: balance source)"},
    row{proxy::haproxy, trouble::leaving, R"(option abortonclose)"},
    row{proxy::haproxy, trouble::idle, R"(timeout client 1h
timeout server 1h
timeout tunnel 1h)"},
    row{proxy::haproxy, trouble::http2, "bind :443 ssl crt /etc/haproxy/site.pem alpn h2,http/1.1"},
    row{proxy::haproxy,
        trouble::unreachable,
        R"(server sluice 127.0.0.1:8080 check   # where `sluice serve` listens)"},

    row{proxy::envoy,
        trouble::buffering,
        R"(# take the filter envoy.filters.http.buffer, and the compressor, out of this route:
typed_per_filter_config:
  envoy.filters.http.buffer: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, disabled: true})"},
    row{proxy::envoy, trouble::idle, R"(route: {cluster: sluice, timeout: 0s, idle_timeout: 1h}
stream_idle_timeout: 1h             # of the HTTP connection manager)"},

    row{proxy::varnish,
        trouble::buffering,
        R"(sub vcl_recv { if (req.url ~ "^/(v1|v1beta|api)/") { return (pipe); } })"},

    row{proxy::cloudflare,
        trouble::buffering,
        R"(# Caching > Cache Rules: bypass the cache for this host
# Rules > Compression Rules: no compression for text/event-stream
# Network > Response Buffering (Enterprise): off
# quick tunnels (trycloudflare.com) hold event streams back: use a named tunnel)"},
    row{proxy::cloudflare,
        trouble::compression,
        R"(# Rules > Compression Rules: when the response's type is text/event-stream, disable compression)"},
    row{proxy::cloudflare,
        trouble::idle,
        R"(# a silence of 100 s ends a stream here: keep the gateway's server.heartbeat (15s) below it)"},
    row{proxy::cloudflare,
        trouble::unreachable,
        R"(# 52x: Cloudflare cannot reach the origin; compare its address and port with the gateway's)"},

    row{proxy::cloudfront,
        trouble::buffering,
        R"(# the behaviour of these paths: cache policy CachingDisabled, origin request policy AllViewer,
# Compress objects automatically: No; no Lambda@Edge and no function of the response)"},
    row{proxy::cloudfront,
        trouble::compression,
        "# the behaviour of these paths: Compress objects automatically: No"},
    row{proxy::cloudfront,
        trouble::resume,
        R"(# origin request policy AllViewer (Last-Event-ID reaches the origin by no other))"},
    row{proxy::cloudfront,
        trouble::idle,
        R"(# the origin's response timeout (30 s): 60; server.heartbeat of the gateway below it)"},

    row{proxy::alb,
        trouble::buffering,
        R"(# the balancer passes on what comes; a Lambda target gathers the answer: use instances or addresses)"},
    row{proxy::alb,
        trouble::resume,
        R"(aws elbv2 modify-target-group-attributes --target-group-arn ARN \
    --attributes Key=stickiness.enabled,Value=true Key=stickiness.type,Value=lb_cookie)"},
    row{proxy::alb,
        trouble::idle,
        R"(aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN \
    --attributes Key=idle_timeout.timeout_seconds,Value=3600)"},
    row{proxy::alb,
        trouble::http2,
        R"(aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN \
    --attributes Key=routing.http2.enabled,Value=true)"},
    row{proxy::alb,
        trouble::unreachable,
        R"(# 502 to 504: no target is healthy; its health check may ask /readyz)"},

    row{proxy::google,
        trouble::buffering,
        R"(gcloud compute backend-services update NAME --global --no-enable-cdn --compression-mode=DISABLED)"},
    row{proxy::google,
        trouble::compression,
        R"(gcloud compute backend-services update NAME --global --compression-mode=DISABLED)"},
    row{proxy::google,
        trouble::resume,
        R"(gcloud compute backend-services update NAME --global --session-affinity=CLIENT_IP)"},
    row{proxy::google,
        trouble::idle,
        R"(# the backend service's time-out is that of a whole answer, 30 s unless it is set
gcloud compute backend-services update NAME --global --timeout=3600s)"},

    row{proxy::front_door, trouble::buffering, R"(# the route: caching and compression off
az afd route update -g GROUP --profile-name P --endpoint-name E --route-name R --enable-caching false)"},
    row{proxy::front_door,
        trouble::compression,
        R"(az afd route update -g GROUP --profile-name P --endpoint-name E --route-name R --enable-compression false)"},
    row{proxy::front_door,
        trouble::idle,
        R"(az afd profile update -g GROUP --profile-name P --origin-response-timeout-seconds 240)"},

    row{proxy::app_gateway,
        trouble::buffering,
        R"(az network application-gateway update -g GROUP -n NAME \
    --set globalConfiguration.enableResponseBuffering=false)"},
    row{proxy::app_gateway,
        trouble::resume,
        R"(az network application-gateway http-settings update -g GROUP --gateway-name NAME -n SETTINGS \
    --cookie-based-affinity Enabled)"},
    row{proxy::app_gateway,
        trouble::idle,
        R"(az network application-gateway http-settings update -g GROUP --gateway-name NAME -n SETTINGS --timeout 3600)"},

    row{proxy::unknown,
        trouble::buffering,
        R"(nginx:                proxy_buffering off; gzip off; and no proxy_ignore_headers X-Accel-Buffering
Caddy:                reverse_proxy { flush_interval -1 }, no buffer_responses, no response_buffers
HAProxy:              no http-response wait-for-body, no compression of text/event-stream
Apache:               ProxyPass / http://127.0.0.1:8080/ flushpackets=on, no mod_deflate
Azure App Gateway:    globalConfiguration.enableResponseBuffering=false
AWS:                  CloudFront without caching and compression; no Lambda behind a load balancer
also this side:       a corporate proxy or a virus scanner that reads answers before it hands them on)"},
    row{proxy::unknown,
        trouble::compression,
        R"(whoever compresses: not text/event-stream; `Cache-Control: no-transform` asks for that)"},
    row{proxy::unknown, trouble::resume, R"(whoever filters request headers: let Last-Event-ID pass
several gateways:     a stream lives in the one that began it: let a client come back to the same)"},
    row{proxy::unknown,
        trouble::leaving,
        R"(nginx: proxy_ignore_client_abort off;    HAProxy: option abortonclose)"},
    row{proxy::unknown, trouble::idle, R"(nginx:                proxy_read_timeout 1h;
HAProxy:              timeout client 1h; timeout server 1h
AWS load balancer:    idle_timeout.timeout_seconds=3600
Google Cloud:         gcloud compute backend-services update NAME --timeout=3600s)"},
    row{proxy::unknown,
        trouble::http2,
        R"(nginx: listen 443 ssl http2;    HAProxy: bind :443 ssl crt FILE alpn h2,http/1.1)"},
};

}  // namespace

std::string_view remedy(proxy who, trouble what) {
    for (const row& each : rows) {
        if (each.who == who && each.what == what) return each.text;
    }
    return {};
}

}  // namespace sluice::gateway::doctor
