# The trainer with its TensorFlow. Build from the repository's root:
#   docker build -f infra/images/trainer.Dockerfile --build-arg TENSORFLOW=gpu .
# For gpu the image carries CUDA; the machine needs the NVIDIA driver and container toolkit only.
FROM node:22-bookworm-slim AS build
# What provisioning needs and running does not.
RUN apt-get update && apt-get install -y --no-install-recommends g++ python3-pip && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY infra/bundle.mjs infra/downloads.json infra/npm-pinned.mjs infra/
RUN node infra/npm-pinned.mjs pnpm /opt/pnpm && ln -s /opt/pnpm/node_modules/pnpm/bin/pnpm.cjs /usr/local/bin/pnpm
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.base.json ./
COPY packages packages
COPY services services
COPY infra/local infra/local
COPY test/package.json test/
RUN pnpm install --frozen-lockfile
RUN pnpm --filter=@alexnet/trainer... run build
RUN pnpm --filter=@alexnet/trainer deploy --prod --legacy /app/services/trainer
ARG TENSORFLOW=cpu
# Compiles the addon into the deployed node_modules, linked to the libraries at this path.
ENV ALEXNET_CACHE_DIR=/opt/alexnet
# Provisioning looks for the hashes above its own folder.
COPY infra/downloads.json /app/infra/
RUN node /app/services/trainer/node_modules/@alexnet/tensorflow/dist/provision-main.js --variant "$TENSORFLOW"

FROM node:22-bookworm-slim
ARG TENSORFLOW=cpu
ENV NODE_ENV=production ALEXNET_CACHE_DIR=/opt/alexnet ALEXNET_TENSORFLOW=$TENSORFLOW
# Freed buffers stay with the process while it trains: a step takes the same ones again.
ENV MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=68719476736 \
    MALLOC_ARENA_MAX=1 TF_ONEDNN_USE_SYSTEM_ALLOCATOR=1
WORKDIR /app
COPY --from=build --chown=node:node /opt/alexnet /opt/alexnet
COPY --from=build /app ./
USER node
STOPSIGNAL SIGTERM
CMD ["node", "services/trainer/dist/main.js"]
