# syntax=docker/dockerfile:1

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY migrations migrations
COPY src src
RUN npm run build

FROM node:22-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim
# Inside a container only its own network reaches the port; publishing it is the runner's decision.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 CROSSTRAIL_DATA_DIR=/var/lib/crosstrail
# Used only where DATABASE_URL is not set: the embedded PostgreSQL keeps its data here.
RUN install --directory --owner=node --group=node --mode=0755 /var/lib/crosstrail
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
USER node
VOLUME /var/lib/crosstrail
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm or a shell: SIGTERM must reach it.
ENTRYPOINT ["node", "bin/crosstrail.js"]
CMD ["start"]
