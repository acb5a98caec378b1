"""The `harness` command: its verbs by section, and one line on stderr for an error."""

from __future__ import annotations

from typing import Any, NoReturn

import click

from harness.cli.approval import APPROVAL
from harness.cli.echo import echo
from harness.cli.look import LOOK
from harness.cli.plan import WRITE
from harness.cli.production import PRODUCTION
from harness.cli.release import RELEASE
from harness.cli.run import RUN_IT
from harness.load.form import form
from harness.process.end_signals import ending_by, hear, ignore_at_exit, raise_ended
from harness.process.standard_streams import use_unfailing_streams
from harness.rollout.exit_code import ExitCode

SECTIONS = (WRITE, RUN_IT, LOOK, RELEASE, PRODUCTION, APPROVAL)
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_MAX_SUMMARY_LENGTH = 200


class _Group(click.Group):
    """Turns errors a user can cause into one line and an exit code."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs section by section, each with its whole first sentence."""
        for section in SECTIONS:
            with formatter.section(section.title):
                formatter.write_dl(
                    [(str(verb.name), verb.get_short_help_str(_MAX_SUMMARY_LENGTH)) for verb in section.verbs]
                )

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run the command line; trouble with its output changes neither what it does nor its exit code."""
        use_unfailing_streams()
        ignore_at_exit()
        with ending_by(raise_ended):
            return super().main(*args, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; a traceback appears only with --debug."""
        asked: list[int] = []

        def end(number: int) -> None:
            asked.append(number)
            raise_ended(number)

        try:
            with ending_by(end):
                hear()
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (click.Abort, KeyboardInterrupt):
            _end_interrupted(ctx)
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            if asked:
                # What the signal interrupted may turn `Ended` into an error of its own, as AnyIO's scopes do.
                _end_interrupted(ctx)
            for line in _lines_of(error):
                echo(line, err=True)
            ctx.exit(ExitCode.BAD_USAGE)


def _end_interrupted(ctx: click.Context) -> NoReturn:
    echo("interrupted", err=True)
    ctx.exit(ExitCode.INTERRUPTED)


def _lines_of(error: Exception) -> list[str]:
    problems = getattr(error, "problems", None)
    if problems is not None:
        return [str(problem) for problem in problems]
    if isinstance(error, OSError) and error.strerror:
        return [f"error: {f'{error.filename}: ' if error.filename else ''}{error.strerror}"]
    return [f"error: {error}"]


@click.group(cls=_Group, context_settings=_CONTEXT)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(package_name="canary-harness", message=f"%(prog)s, version %(version)s ({form()})")
def main(debug: bool) -> None:
    """Judge a release under real load: is the canary as good as the baseline.

    \b
    harness check loadtests/plans/quick.yaml    what a plan says
    locust -f loadtests/                        run the plan locust.conf names
    harness judge reports/latest                judge a run again
    """  # noqa: D301 - click's sign for lines to keep


for _section in SECTIONS:
    for _verb in _section.verbs:
        main.add_command(_verb)

if __name__ == "__main__":
    main()
