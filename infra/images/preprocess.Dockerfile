# The preprocess worker. Build from the repository's root: docker build -f infra/images/preprocess.Dockerfile .
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
RUN pnpm --filter=@alexnet/preprocess... run build
RUN pnpm --filter=@alexnet/preprocess deploy --prod --legacy /app/services/preprocess

FROM node:22-bookworm-slim
ENV NODE_ENV=production ALEXNET_CACHE_DIR=/var/cache/alexnet
# Freed buffers stay with the process: the next image takes the same ones again.
ENV MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=68719476736
RUN install -d -o node -g node /var/cache/alexnet
WORKDIR /app
COPY --from=build /app ./
USER node
STOPSIGNAL SIGTERM
# Images are decoded in a pool of threads, whose size Node reads before its program runs: one for each core.
ENTRYPOINT ["/bin/sh", "-c", "UV_THREADPOOL_SIZE=${UV_THREADPOOL_SIZE:-$(nproc)} exec \"$@\"", "--"]
CMD ["node", "services/preprocess/dist/main.js"]
