# The console. Build from the repository's root: docker build -f infra/images/console.Dockerfile .
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY infra/bundle.mjs infra/downloads.json infra/npm-pinned.mjs infra/
RUN node infra/npm-pinned.mjs pnpm /opt/pnpm && ln -s /opt/pnpm/node_modules/pnpm/bin/pnpm.cjs /usr/local/bin/pnpm
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json ./
COPY packages packages
COPY services services
COPY infra/local infra/local
COPY test/package.json test/
RUN pnpm install --frozen-lockfile
RUN pnpm --filter=@alexnet/console... run build
RUN pnpm --filter=@alexnet/console deploy --prod --legacy /app/services/console

FROM node:22-bookworm-slim
ENV NODE_ENV=production ALEXNET_CACHE_DIR=/var/cache/alexnet
RUN install -d -o node -g node /var/cache/alexnet
WORKDIR /app
COPY --from=build /app ./
USER node
STOPSIGNAL SIGTERM
# On loopback; `--host 0.0.0.0` lets it be reached from outside of the container.
CMD ["node", "services/console/dist/main.js"]
