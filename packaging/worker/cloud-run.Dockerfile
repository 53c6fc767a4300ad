# The worker as a Google Cloud Run service, or on any other host that runs containers. Build it in the project's folder:
#   docker build -f packaging/worker/cloud-run.Dockerfile -t helios-worker .
# Your renderer is not in it: build an image of your own FROM this one and add it (see README.md beside this file).
FROM python:3.12-slim

LABEL org.opencontainers.image.title="Helios render worker" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"

COPY packaging/worker/requirements.txt /opt/helios/
RUN pip install --no-cache-dir -r /opt/helios/requirements.txt \
    # Scripts in a job look for ffmpeg on PATH.
    && ln -s "$(python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" /usr/local/bin/ffmpeg \
    && useradd --create-home renderer
COPY helios_gui /opt/helios/helios_gui
ENV PYTHONPATH=/opt/helios PYTHONUNBUFFERED=1
USER renderer
WORKDIR /home/renderer

CMD ["python", "-m", "helios_gui", "worker", "serve"]
