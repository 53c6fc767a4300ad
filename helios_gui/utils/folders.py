"""Where the app keeps what it remembers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from helios_gui import product
from helios_gui.translation import tr
from helios_gui.types import UserInputError

APP_NAME = product.PACKAGE
HOME_VARIABLE = "HELIOS_HOME"


def home_folder() -> Path:
    """Return the person's home folder; the root of all folders where they have none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.sep)


@dataclass(frozen=True, slots=True)
class AppFolders:
    """The app's two folders and the files in them: ``data`` grows with use, ``config`` holds choices."""

    data: Path
    config: Path

    @classmethod
    def at(cls, root: Path) -> AppFolders:
        """Return folders that are all below one: for portable installations and tests."""
        return cls(data=root / "data", config=root / "config")

    @classmethod
    def default(cls) -> AppFolders:
        """Return those under ``$HELIOS_HOME`` where that is set, else where this platform keeps such things.

        Raises:
            UserInputError: The person has no home folder, as in a container without an account for them.
        """
        home = os.environ.get(HOME_VARIABLE)
        try:
            if home:
                return cls.at(Path(home).expanduser().absolute())
            import platformdirs

            folders = platformdirs.PlatformDirs(APP_NAME, appauthor=False, roaming=False)
            data, config = folders.user_data_path, folders.user_config_path
        except RuntimeError:
            data = config = Path()
        if not data.is_absolute() or not config.is_absolute():
            raise UserInputError(
                tr("There is no home folder to keep the queue and the settings in."),
                tr("Set {home_variable} to the absolute path of a folder.", home_variable=HOME_VARIABLE),
            )
        if data == config:  # macOS and Windows have one folder for both
            return cls.at(data)
        return cls(data=data, config=config)

    @classmethod
    def found(cls) -> AppFolders | None:
        """Return ``default``; ``None`` where there is no home folder, for what only helps and can be done without."""
        try:
            return cls.default()
        except UserInputError:
            return None

    @property
    def journal(self) -> Path:
        """The SQLite journal of jobs, chunks and attempts."""
        return self.data / "jobs.sqlite"

    @property
    def logs(self) -> Path:
        """The folder of the attempts' full logs."""
        return self.data / "logs"

    @property
    def profiles(self) -> Path:
        """The adapter profiles."""
        return self.config / "profiles.json"

    @property
    def presets(self) -> Path:
        """The folder of the person's own presets; it need not be there."""
        return self.config / "presets"

    @property
    def settings(self) -> Path:
        """What the window remembers of itself."""
        return self.config / "window.ini"

    @property
    def hooks(self) -> Path:
        """What is told of jobs."""
        return self.config / "hooks.json"

    @property
    def hook_log(self) -> Path:
        """How telling the hooks went."""
        return self.logs / "hooks.log"

    @property
    def frame_indexes(self) -> Path:
        """Where the frames of large videos are; it may be deleted at any time."""
        return self.data / "frame-indexes"

    @property
    def watch_folders(self) -> Path:
        """The folders that are watched."""
        return self.config / "watch-folders.json"

    @property
    def trust(self) -> Path:
        """Which jobs the person has agreed to run."""
        return self.config / "trust.json"

    def create(self) -> AppFolders:
        """Make the folders; returns itself. Raises ``UserInputError`` naming the one that cannot be written to."""
        import tempfile  # takes time, which the start of the window has not

        for folder in (self.data, self.config, self.logs):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    pass
            except OSError as error:
                raise UserInputError(
                    tr(
                        "The folder {folder} cannot be written to: {reason}.",
                        folder=folder,
                        reason=error.strerror or error,
                    ),
                    tr("Make it writable, or set {home_variable} to a folder that is.", home_variable=HOME_VARIABLE),
                ) from error
        return self
