"""Whether a platform is set up: wholly, or not at all."""

from api.settings import Settings, SettingsError


def is_configured(settings: Settings, platform: str, *names: str) -> bool:
    """Tell whether all of the settings are given. Raises SettingsError, naming the missing, where only some are."""
    missing = [name for name in names if not getattr(settings, name)]
    if missing and len(missing) < len(names):
        needed = "、".join(f"ANWEN_{name.upper()}" for name in missing)
        raise SettingsError(f"{platform}的设置不全，还缺 {needed}。请补全，或全部去掉，再启动。")
    return not missing
