# One image for every process; the argument says which: serve (the default), index follow, work,
# migrate, train.
# docs/OPERATIONS.md has what each needs; kustomize/ runs them in a cluster.

# For a rebuild that cannot drift: --build-arg BASE=python@sha256:…
ARG BASE=python:3.11.14-slim-bookworm

# hadolint ignore=DL3006
FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv --without-pip /opt/bookwheel

# What changes seldom comes first. Wheels alone: no stage holds a compiler.
COPY constraints.txt pyproject.toml ./
RUN python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print(*p['dependencies'], *p['optional-dependencies']['objects'], *p['optional-dependencies']['otlp'], sep='\n')" > requirements.txt \
    && pip --python /opt/bookwheel/bin/python install --only-binary=:all: \
       --constraint constraints.txt --requirement requirements.txt

COPY LICENSE README.md ./
COPY api api
COPY core core
COPY ext ext
RUN pip wheel --no-deps --wheel-dir wheels . \
    && pip --python /opt/bookwheel/bin/python install --no-deps wheels/*.whl

# hadolint ignore=DL3006
FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Bookwheel" \
      org.opencontainers.image.description="A bookstore's back end in one process" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# A passwd entry: PostgreSQL's initdb refuses to run for a user without a name.
RUN groupadd --gid 10001 bookwheel \
    && useradd --uid 10001 --gid 10001 --create-home --home-dir /var/lib/bookwheel \
       --shell /usr/sbin/nologin bookwheel
COPY --from=build /opt/bookwheel /opt/bookwheel

ENV PATH=/opt/bookwheel/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BOOKWHEEL_DATA_DIR=/var/lib/bookwheel
WORKDIR /var/lib/bookwheel
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM

# For `docker run` of serve; start the other roles with --no-healthcheck. Kubernetes uses its probes.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-I", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]

ENTRYPOINT ["bookwheel"]
CMD ["serve", "--host=0.0.0.0", "--port=8000"]
