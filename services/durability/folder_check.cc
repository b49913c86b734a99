#include "services/durability/folder_check.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/privacy/key_file_check.h"
#include "eventstore/storage/files.h"
#include "services/durability/known_keys.h"

namespace services::durability {
namespace {

namespace base = ::eventstore::base;
namespace check = ::eventstore::check;
namespace crypto = ::eventstore::crypto;
namespace log = ::eventstore::log;
namespace storage = ::eventstore::storage;

bool Exists(const std::string& path) { return storage::FileExists(path, nullptr); }

check::Finding KeyFinding(std::string place, std::string detail) {
  check::Finding finding;
  finding.part = check::Part::kKeyFile;
  finding.place = std::move(place);
  finding.detail = std::move(detail);
  return finding;
}

// What was seen on the way.
struct Seen {
  std::unique_ptr<KnownKeys> keys;
  std::set<log::CircleId> circles;
  std::vector<check::Finding> findings;
};

std::shared_ptr<Seen> ReadKeys(const std::string& data_directory) {
  auto seen = std::make_shared<Seen>();
  const std::string folder = data_directory + "/keys";
  std::vector<crypto::PublicKey> own;
  if (Exists(folder)) {
    auto read = ReadLogKeys(folder);
    if (read.ok()) own = *std::move(read);
    if (!read.ok()) {
      seen->findings.push_back(KeyFinding("keys", std::string(read.status().message())));
    } else if (own.empty()) {
      seen->findings.push_back(KeyFinding("keys/log.key", "ontbreekt"));
    }
    const absl::Status checked = eventstore::privacy::CheckKeyFile(folder + "/class");
    if (!checked.ok()) {
      seen->findings.push_back(KeyFinding("keys/class", std::string(checked.message())));
    }
  }
  seen->keys = std::make_unique<KnownKeys>(std::move(own));
  return seen;
}

check::Options OptionsFor(const std::string& data_directory, const std::shared_ptr<Seen>& seen,
                          const ShowProgress& progress) {
  check::Options options;
  options.directory = LogOf(data_directory);
  options.keys = [seen](const log::FeedId& feed) { return seen->keys->Of(feed); };
  options.on_record = [seen](const log::StoredEvent& event) {
    seen->circles.insert(event.feed.circle);
    seen->keys->See(event);
  };
  options.progress = progress;
  return options;
}

// The private feed is signed by the key in log.key only: when its signatures do not hold
// the key itself may be what is damaged.
void SuspectKey(const std::string& data_directory, const Seen& seen, check::Report& report) {
  const auto text = base::ReadFile(data_directory + "/identity", 1024);
  if (!text.ok()) return;
  const auto name = base::FromHex(text->substr(0, text->find('\n')));
  const auto circle = log::CircleId::FromBytes(name.value_or(""));
  std::set<log::CircleId> private_feeds;
  for (const log::CircleId& one : seen.circles) {
    if (!seen.keys->IsCircle(one)) private_feeds.insert(one);
  }
  // A member without professionals has written nothing in it yet.
  if (!circle.ok() || (!private_feeds.empty() && !private_feeds.contains(*circle))) {
    report.Add(KeyFinding("identity", "noemt een besloten reeks die niet in het logboek staat"));
    return;
  }
  const bool suspect = std::ranges::any_of(report.findings, [&](const check::Finding& finding) {
    return finding.part == check::Part::kCheckpoint && finding.feed &&
           finding.feed->circle == *circle;
  });
  if (suspect) {
    report.Add(KeyFinding("keys/log.key",
                          "de stand van de besloten reeks is er niet mee ondertekend; een van de "
                          "twee is beschadigd"));
  }
}

// Any other folder would look like a log that lost everything.
absl::Status CheckHasLog(const std::string& folder) {
  for (const char* part : {"/log", "/own", "/replicas", "/heads"}) {
    if (Exists(folder + part)) return absl::OkStatus();
  }
  std::error_code error;
  const std::filesystem::directory_iterator entries(folder, error);
  if (error == std::errc::permission_denied) {
    return base::Refusal(absl::StatusCode::kPermissionDenied, "LOG_NOT_READABLE",
                         "de map " + folder + " mag je niet lezen")
        .Remedy("draai dit als de gebruiker van het knooppunt");
  }
  return base::Refusal(absl::StatusCode::kNotFound, "LOG_NOT_FOUND",
                       "in " + folder + " staat geen logboek")
      .Remedy("noem de datamap van een knooppunt: die met de map `log` erin");
}

}  // namespace

std::string LogOf(const std::string& folder) {
  return Exists(folder + "/log") ? folder + "/log" : folder;
}

absl::StatusOr<check::Report> CheckFolder(const std::string& data_directory,
                                          const ShowProgress& progress) {
  RETURN_IF_ERROR(CheckHasLog(data_directory));
  const auto seen = ReadKeys(data_directory);
  ASSIGN_OR_RETURN(check::Report report,
                   check::CheckLog(OptionsFor(data_directory, seen, progress)));
  for (check::Finding& finding : seen->findings) report.Add(std::move(finding));
  SuspectKey(data_directory, *seen, report);
  return report;
}

absl::StatusOr<check::RepairReport> RepairFolder(const std::string& data_directory,
                                                 const std::string& out,
                                                 const std::vector<std::string>& others,
                                                 const ShowProgress& progress) {
  RETURN_IF_ERROR(CheckHasLog(data_directory));
  const auto seen = ReadKeys(data_directory);
  check::RepairOptions options;
  options.check = OptionsFor(data_directory, seen, progress);
  options.out = out;
  for (const std::string& other : others) options.others.push_back(LogOf(other));
  ASSIGN_OR_RETURN(check::RepairReport report, check::RepairLog(options));
  for (check::Finding& finding : seen->findings) report.found.Add(std::move(finding));
  return report;
}

}  // namespace services::durability
