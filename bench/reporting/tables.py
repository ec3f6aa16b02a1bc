"""The parts that every page of measurements has: targets, the commands behind them, how quiet it was, the machine."""

from __future__ import annotations

import dataclasses
import re

from reporting.spread import Spread, number

# Of the machine; above, a page says that its figures are in doubt.
QUIET_SHARE = 0.03


@dataclasses.dataclass
class Target:
    what: str
    wanted: str
    figure: str
    met: bool
    commands: list[str]  # that made the figure


def at_least(what: str, spread: Spread, least: float, unit: str, digits: int, commands: list[str]) -> Target:
    return Target(what, f"at least {number(least, digits)}{unit}", f"{spread.text(digits)}{unit}", spread.median >= least,
                  commands)


def at_most(what: str, spread: Spread, most: float, unit: str, digits: int, commands: list[str]) -> Target:
    return Target(what, f"at most {number(most, digits)}{unit}", f"{spread.text(digits)}{unit}", spread.median <= most,
                  commands)


class Commands:
    """Gives each command a number when it is first asked for. Ports differ from run to run and are left out."""

    def __init__(self) -> None:
        self.numbered: list[str] = []

    def numbers(self, commands: list[str]) -> str:
        for command in map(self.without_port, commands):
            if command not in self.numbered:
                self.numbered.append(command)
        return ", ".join(str(self.numbered.index(self.without_port(command)) + 1) for command in commands)

    @staticmethod
    def without_port(command: str) -> str:
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:$PORT", command)


def table(head: list[str], rows: list[list[str]], text: bool = False) -> str:
    lines = [head, ["---"] + ["---" if text else "---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def targets_section(targets: list[Target], commands: Commands) -> str:
    rows = [[target.what, target.wanted, target.figure, "met" if target.met else "**missed**",
             commands.numbers(target.commands)]
            for target in targets]
    return "## Targets\n\n" + table(["target", "wanted", "reached", "", "[commands](#commands)"], rows, text=True)


def noise_text(noise: list[dict[str, float]]) -> str:
    """`noise`: what machine.Quietness said of each measurement."""
    others = max((one["others_share"] for one in noise), default=0)
    stolen = max((one["stolen_share"] for one in noise), default=0)
    text = (f"While measuring, other processes used at most {others:.1%} of the machine, and the hypervisor took at most\n"
            f"{stolen:.1%}.")
    if others > QUIET_SHARE or stolen > QUIET_SHARE:
        text += "\n\n**The machine was not quiet: measure again before quoting anything from here.**"
    return text


def commands_section(commands: Commands, introduction: str) -> str:
    return (f"## Commands\n\n{introduction}\n\n"
            + "\n".join(f"{n}. `{command}`" for n, command in enumerate(commands.numbered, start=1)))


def machine_section(facts: dict[str, str], versions: str) -> str:
    rows = [[name, value] for name, value in facts.items()]
    return f"## Machine and versions\n\n{versions}\n\n" + table(["", ""], rows, text=True)
