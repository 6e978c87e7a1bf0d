FROM python:3.14.7-slim-trixie AS requirements
WORKDIR /build
# With what files in S3, traces and metrics take besides; -r requirements.txt for an image without.
ARG REQUIREMENTS="-r requirements-s3.txt -r requirements-telemetry.txt"
COPY requirements*.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --require-hashes $REQUIREMENTS


FROM python:3.14.7-slim-trixie
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin postil
ENV PATH=/opt/venv/bin:$PATH \
    LOG_FORMAT=json \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VAR_DIR=/var/lib/postil
WORKDIR /app
COPY --from=requirements /opt/venv /opt/venv
COPY . .
RUN python -m compileall -q . \
    && install --directory --owner postil --mode 0750 "$VAR_DIR" "$VAR_DIR/media" "$VAR_DIR/beat"
USER 10001
# The settings named here are those of this one step: the image keeps none.
RUN SECRET_KEY=none DATABASE_URL=postgresql://none/none \
    python manage.py collectstatic --noinput --verbosity 0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "\
import http.client, os; \
asked = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); \
asked.request('GET', '/healthz', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0]}); \
raise SystemExit(asked.getresponse().status != 200)"]
CMD ["python", "-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", "0.0.0.0:8000"]
