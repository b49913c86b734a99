// Verbs of log that work on the files of a node instead of asking it: checking, repairing
// and putting back.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/backup.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"
#include "services/durability/folder_check.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;
namespace check = eventstore::check;
namespace log = eventstore::log;
using enum Table::Align;

durability::ShowProgress ProgressOf(Tool& tool) {
  return [&tool](const check::Progress& progress) {
    if (tool.progress != nullptr) {
      tool.progress->Show(progress.what, progress.done, progress.total);
    }
    return true;
  };
}

std::string ToJson(const check::Finding& finding) {
  std::string json = absl::StrCat("{\"part\":\"", check::PartName(finding.part), "\"");
  const auto add = [&](const char* name, const std::string& text) {
    absl::StrAppend(&json, ",\"", name, "\":", JsonString(text));
  };
  add("database", finding.database);
  add("feed", finding.feed ? log::Origin(*finding.feed) : "");
  absl::StrAppend(&json, ",\"sequence\":",
                  finding.sequence ? std::to_string(finding.sequence->value()) : "null");
  add("event_id", finding.event ? base::ToText(*finding.event) : "");
  add("place", finding.place);
  add("detail", finding.detail);
  return json + "}";
}

std::string ToJson(const check::Report& report) {
  std::string json = absl::StrCat("{\"ok\":", report.ok() ? "true" : "false",
                                  ",\"feeds\":", report.feeds, ",\"records\":", report.records);
  absl::StrAppend(&json, ",\"bytes\":", report.bytes, ",\"tiles\":", report.tiles);
  absl::StrAppend(&json, ",\"index_entries\":", report.index_entries,
                  ",\"signatures\":", report.signatures,
                  ",\"unknown_signers\":", report.unknown_signers);
  absl::StrAppend(&json, ",\"left_out\":", report.left_out, ",\"findings\":[");
  for (size_t i = 0; i < report.findings.size(); ++i) {
    absl::StrAppend(&json, i == 0 ? "" : ",", ToJson(report.findings[i]));
  }
  return json + "]}";
}

void PrintFindings(Tool& tool, const check::Report& report) {
  for (const std::string& line : check::ToLines(report.findings)) {
    tool.out() << "  " << Clean(line) << "\n";
  }
  if (report.left_out > 0) tool.out() << "  en nog " << report.left_out << " meer\n";
}

void PrintReport(Tool& tool, const check::Report& report) {
  tool.out() << report.feeds << " reeksen, " << report.records << " gebeurtenissen, "
             << report.tiles << " tegels, " << report.index_entries << " plaatsen in lijsten, "
             << report.signatures << " handtekeningen nagegaan.\n";
  if (report.unknown_signers > 0) {
    tool.out() << "Van " << report.unknown_signers
               << " handtekeningen is de sleutel hier niet bekend; die zijn niet nagegaan.\n";
  }
  if (report.ok()) {
    tool.out() << "Alles klopt.\n";
    return;
  }
  tool.out() << "NIET IN ORDE:\n";
  PrintFindings(tool, report);
  const bool keys_only = std::ranges::all_of(report.findings, [](const check::Finding& finding) {
    return finding.part == check::Part::kKeyFile;
  });
  tool.out() << (keys_only
                     ? "Het logboek zelf is heel; zet de sleutels terug uit hun reservekopie.\n"
                     : "Maak met `poolcirkel log repair` een nieuw logboek van wat heel is.\n");
}

void AddFsck(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "fsck", "Ga het hele logboek in een datamap na",
                           "poolcirkel log fsck --data /var/lib/poolcirkel/rotterdam");
  const auto data = std::make_shared<std::string>();
  verb->add_option("--data", *data, "Datamap van een knooppunt; er wordt niets veranderd")
      ->required();
  OnChosen(tool, verb, [&tool, data]() -> absl::Status {
    ASSIGN_OR_RETURN(const check::Report report, durability::CheckFolder(*data, ProgressOf(tool)));
    if (tool.progress != nullptr) tool.progress->Stop();
    tool.negative = !report.ok();
    if (tool.globals.json) {
      tool.out() << ToJson(report) << "\n";
    } else {
      PrintReport(tool, report);
    }
    return absl::OkStatus();
  });
}

std::string ToJson(const check::RepairReport& report) {
  std::string json = absl::StrCat("{\"complete\":", report.complete() ? "true" : "false",
                                  ",\"set_aside\":", JsonString(report.set_aside), ",\"feeds\":[");
  for (size_t i = 0; i < report.feeds.size(); ++i) {
    const check::RepairedFeed& feed = report.feeds[i];
    absl::StrAppend(&json, i == 0 ? "" : ",", "{\"database\":\"", feed.database,
                    "\",\"feed\":", JsonString(log::Origin(feed.feed)));
    absl::StrAppend(&json, ",\"known\":", feed.known, ",\"recovered\":", feed.recovered,
                    ",\"from_others\":", feed.from_others, ",\"set_aside\":", feed.set_aside, "}");
  }
  return absl::StrCat(json, "],\"found\":", ToJson(report.found), "}");
}

void PrintRepair(Tool& tool, const std::string& out, const check::RepairReport& report) {
  if (!report.found.ok()) {
    tool.out() << "Wat er mis was:\n";
    PrintFindings(tool, report.found);
  }
  Table table({{"in"},
               {"reeks"},
               {"was", kRight},
               {"terug", kRight},
               {"van elders", kRight},
               {"apart gehouden", kRight}});
  for (const check::RepairedFeed& feed : report.feeds) {
    table.Add({feed.database, log::Origin(feed.feed), std::to_string(feed.known),
               std::to_string(feed.recovered), std::to_string(feed.from_others),
               std::to_string(feed.set_aside)});
  }
  table.Print(tool.color(), tool.out());
  for (const check::RepairedFeed& feed : report.feeds) {
    if (feed.recovered == feed.known) continue;
    tool.out() << "Niet teruggebracht: gebeurtenissen " << feed.recovered << " tot " << feed.known
               << " van " << log::Origin(feed.feed) << "\n";
  }
  if (!report.set_aside.empty()) {
    tool.out() << "Wat na een gat staat is heel, en staat in " << report.set_aside << ".\n";
  }
  tool.out() << "Het nieuwe logboek staat in " << out
             << ". Stop het knooppunt, hernoem de map `log`, zet deze er neer en start het "
                "knooppunt: andere leden vullen aan wat zij nog hebben.\n";
}

void AddRepair(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "repair", "Maak een nieuw logboek van wat in een datamap nog heel is",
              "poolcirkel log repair --data /var/lib/poolcirkel/rotterdam --out /srv/nieuw-log \\\n"
              "    --from /srv/teruggezette-reservekopie");
  const auto data = std::make_shared<std::string>();
  const auto out = std::make_shared<std::string>();
  const auto others = std::make_shared<std::vector<std::string>>();
  verb->add_option("--data", *data, "Datamap van het knooppunt; er wordt niets in veranderd")
      ->required();
  verb->add_option("--out", *out, "Nieuwe map voor het logboek")->required();
  AddList(verb, "--from", *others,
          "Nog een map waar ontbrekende gebeurtenissen kunnen staan; mag vaker");
  OnChosen(tool, verb, [&tool, data, out, others]() -> absl::Status {
    ASSIGN_OR_RETURN(const check::RepairReport report,
                     durability::RepairFolder(*data, *out, *others, ProgressOf(tool)));
    if (tool.progress != nullptr) tool.progress->Stop();
    tool.negative = !report.complete();
    if (tool.globals.json) {
      tool.out() << ToJson(report) << "\n";
    } else {
      PrintRepair(tool, *out, report);
    }
    return absl::OkStatus();
  });
}

void AddRestore(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "restore", "Zet een reservekopie van het logboek terug",
                           "poolcirkel log restore --backup /srv/kopie --data "
                           "/var/lib/poolcirkel/rotterdam");
  const auto backup = std::make_shared<std::string>();
  const auto data = std::make_shared<std::string>();
  const auto id = std::make_shared<uint32_t>(0);
  verb->add_option("--backup", *backup, "Map met reservekopieën")->required();
  verb->add_option("--data", *data, "Datamap van een knooppunt, zonder map `log`")->required();
  verb->add_option("--id", *id, "Welke; anders de nieuwste");
  OnChosen(tool, verb, [&tool, backup, data, id]() -> absl::Status {
    ASSIGN_OR_RETURN(const log::BackupRow row,
                     log::RestoreBackup(*backup, *id, *data + "/log", nullptr));
    if (tool.progress != nullptr) tool.progress->Stop();
    if (tool.globals.json) {
      tool.out() << "{\"backup_id\":" << row.id << ",\"made_at_seconds\":" << row.seconds
                 << ",\"bytes\":" << row.bytes << "}\n";
      return absl::OkStatus();
    }
    tool.out() << "Reservekopie " << row.id << " is nagelezen en teruggezet:\n";
    for (const auto& [feed, head] : row.heads) {
      tool.out() << "  " << log::Origin(feed) << ": " << head.size << " gebeurtenissen\n";
    }
    tool.out() << "Het knooppunt schrijft pas weer nadat andere leden de stand bevestigen, en "
                  "haalt bij hen op wat na de kopie kwam.\n";
    return absl::OkStatus();
  });
}

}  // namespace

void AddLogFileVerbs(CLI::App* noun, Tool& tool) {
  AddFsck(noun, tool);
  AddRepair(noun, tool);
  AddRestore(noun, tool);
}

}  // namespace services::cli
