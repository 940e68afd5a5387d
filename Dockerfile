# One image for every process; docker-compose.yml gives each its command.
# build: docker build --build-arg ENGINES=local -t pipeline .     ENGINES empty: without the local speech engine
FROM python:3.13-slim AS packages
ARG ENGINES=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# Packages change seldom, code often: what is installed depends on these two files only.
COPY requirements.txt ./
COPY deploy/image_requirements.py deploy/
RUN python deploy/image_requirements.py "$ENGINES" > chosen.txt \
 && python -m venv /opt/venv \
 && /opt/venv/bin/pip install --require-hashes --no-deps -r chosen.txt

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 VAR_DIR=/var/lib/pipeline
# A volume that is mounted here first takes over this folder's owner.
RUN useradd --system --uid 10001 --home-dir /var/lib/pipeline --shell /usr/sbin/nologin pipeline \
 && install -d -m 0750 -o pipeline -g pipeline /var/lib/pipeline /var/lib/pipeline/recordings /var/lib/web
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Production starts on no default; none of these values stays in the image.
RUN python -m compileall -q . \
 && ENVIRONMENT=production SECRET_KEY=- DATABASE_URL=postgresql://-/- REDIS_URL=redis://- PUBLIC_URL=http://- ALLOWED_HOSTS=- ENCRYPTION_KEYS=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= python manage.py collectstatic --noinput --verbosity 0
USER pipeline
EXPOSE 8000
