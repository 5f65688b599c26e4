"""Where there is no display: the main job from end to end, headless, on the sample city."""

from __future__ import annotations

import time
from pathlib import Path

from desktop.commands.console import Console

SHEET = "coverage_a3"


def demonstrate(console: Console, project: Path | None, folder: Path | None = None) -> dict[str, object]:
    """Open the sample city (made if missing), import a field file, run one analysis, write PDF, PNG and HTML maps.

    Everything lies in ``folder`` (default ``out`` where the command was called). Returns what is also printed.
    """
    from datasets.field_files import write_hotspot_csv
    from datasets.sample import make
    from desktop.sheets.export import export_sheet
    from gis.project import Session
    from gis.project.analysis import run_analysis
    from gis.project.importing import apply_staged, read_file, stage_file

    started = time.perf_counter()
    folder = folder or Path("out")
    folder.mkdir(parents=True, exist_ok=True)
    project = project or folder / "yancheng.yantu"
    with console.progress() as progress:
        if not project.exists():
            console.remark(console.words("没有显示器：生成示例城市…", "No display: making the sample city…"))
            make(project, progress=progress)
        field_file = folder / "hotspots_gb18030.csv"
        write_hotspot_csv(field_file, 200, seed=7, encoding="gb18030")
        with Session.open(project) as session:
            reading = read_file(session, field_file, "wifi_hotspot", progress=progress)
            staged = stage_file(session, reading, progress)
            apply_staged(session, reading, staged, progress=progress)
            run = run_analysis(session, "wifi", progress=progress)
            maps: list[Path] = []
            for ending in (".pdf", ".png", ".html"):
                target = folder / f"wifi_coverage{ending}"
                maps += export_sheet(session, SHEET, target, run=run, language=console.language, progress=progress)
    counts = staged.counts()
    document: dict[str, object] = {
        "project": str(project),
        "import": counts,
        "run": run.id,
        "areas": run.summary["areas"],
        "files": [str(path) for path in maps],
    }
    console.result(
        document,
        console.words("没有显示器，已在后台完成全部工作：", "There is no display, so the whole job was done headless:"),
        console.words(f"  项目    {project}", f"  project  {project}"),
        console.words(
            "  导入    {file}：新增 {new}，更新 {changed}，相同 {same}，冲突 {conflict}，拒绝 {rejected}",
            "  import   {file}: {new} new, {changed} changed, {same} same, {conflict} in conflict, {rejected} rejected",
        ).format(file=field_file, **counts),
        console.words(f"  分析    WiFi 覆盖，第 {run.id} 次", f"  analysis WiFi coverage, run {run.id}"),
        *(console.words(f"  地图    {path}", f"  map      {path}") for path in maps),
        console.words(
            f"用时 {time.perf_counter() - started:.1f} 秒。有显示器时 make run 打开窗口。",
            f"It took {time.perf_counter() - started:.1f} s. With a display, make run opens the window.",
        ),
    )
    return document
