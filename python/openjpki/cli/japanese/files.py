"""What the machine says of files."""

from __future__ import annotations

import errno
from typing import Final

FILES: Final = {
    errno.ENOENT: "ファイルまたはフォルダーがありません。",
    errno.EACCES: "権限がありません。",
    errno.EPERM: "権限がありません。",
    errno.EEXIST: "既にあります。",
    errno.EISDIR: "フォルダーです。",
    errno.ENOTDIR: "フォルダーではありません。",
    errno.ELOOP: "リンクが循環しています。",
    errno.EIO: "読み書きの途中で失敗しました。",
    errno.ENOSPC: "ディスクに空きがありません。",
    errno.EDQUOT: "ディスクの割当てを使い切りました。",
    errno.EROFS: "書き込みできない場所です。",
}
"""By the error's number."""
