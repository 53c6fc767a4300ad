"""What the bundle is compared with: about the least that plays a video with PySide6."""

import sys

from PySide6.QtCore import QUrl
from PySide6.QtMultimedia import QAudioOutput, QMediaPlayer
from PySide6.QtMultimediaWidgets import QVideoWidget
from PySide6.QtWidgets import QApplication

app = QApplication(sys.argv)
video = QVideoWidget()
player = QMediaPlayer()
player.setAudioOutput(QAudioOutput(player))
player.setVideoOutput(video)
for name in sys.argv[1:]:
    player.setSource(QUrl.fromLocalFile(name))
    player.play()
video.resize(1280, 800)
video.show()
sys.exit(app.exec())
