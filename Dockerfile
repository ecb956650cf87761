# The image of trimtab: Node, one bundle, nothing else. docs/install-ecs.md says how it is built and run.
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) -t trimtab .
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

# The bundle is JavaScript alone, so it is made once, on the machine that builds, for every architecture.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS bundle
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# The image's own tree, with the command `trimtab` in it.
RUN npm run bundle && chmod 0755 bundle/dist/main.js && \
    mkdir -p image/usr/local/bin && ln -s /app/dist/main.js image/usr/local/bin/trimtab && mv bundle image/app

FROM ${NODE_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="trimtab" \
      org.opencontainers.image.description="Keeps ECS services, autoscaling and schedules where Parameter Store says they should be" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"

# Owned by root and written by nobody: the program keeps nothing on disk.
WORKDIR /app
COPY --from=bundle /build/image/ /

ENV NODE_ENV=production \
    TRIMTAB_LOG_FORMAT=json
# The user `node`, by number, so that an orchestrator can see it is not root.
USER 1000:1000
EXPOSE 8080

# Liveness, not readiness: a restart mends only what this process can mend itself.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TRIMTAB_PORT || 8080}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# Exec form: the program is PID 1 and gets SIGTERM itself; it starts no other process that would have to be reaped.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run"]
