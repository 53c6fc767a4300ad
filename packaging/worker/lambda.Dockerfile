# The worker as an AWS Lambda function. Build it in the project's folder:
#   docker build -f packaging/worker/lambda.Dockerfile -t helios-worker-lambda .
# Your renderer is not in it: build an image of your own FROM this one and add it (see README.md beside this file).
FROM python:3.12-slim

LABEL org.opencontainers.image.title="Helios render worker for AWS Lambda" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"

COPY packaging/worker/requirements.txt /opt/helios/
RUN pip install --no-cache-dir -r /opt/helios/requirements.txt \
    # Scripts in a job look for ffmpeg on PATH.
    && ln -s "$(python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" /usr/local/bin/ffmpeg
COPY helios_gui /opt/helios/helios_gui
ENV PYTHONPATH=/opt/helios
WORKDIR /opt/helios

# Lambda runs it as a user of its own; the work folder is below /tmp, the only place that can be written to.
ENTRYPOINT ["python", "-m", "awslambdaric"]
CMD ["helios_gui.worker.lambda_handler.handler"]
