# docker build -t sluice . && docker run --read-only -p 8080:8080 sluice
# Streams from the mock model; mount a configuration and name it for real ones:
# docker run -p 8080:8080 -v ./sluice.yaml:/etc/sluice.yaml:ro sluice serve --config /etc/sluice.yaml

FROM debian:trixie AS build
WORKDIR /src
COPY deploy/packages deploy/lib.sh deploy/
RUN deploy/packages --yes build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release \
    && cmake --build build/release --target sluice -j "$(nproc)" \
    && strip -o /sluice build/release/sluice

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libcurl4t64 libfmt10 libprometheus-cpp-core1.0 libspdlog1.15 \
        libsqlite3-0 libssl3t64 libstdc++6 libyaml-cpp0.8 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY LICENSE /usr/share/doc/sluice/LICENSE
COPY --from=build /sluice /usr/bin/sluice
# Fails here, not at the first start, when a library is missing.
RUN ["/usr/bin/sluice", "version"]
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/usr/bin/sluice", "health"]
ENTRYPOINT ["/usr/bin/sluice"]
CMD ["serve", "--listen", "0.0.0.0:8080"]
