#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/domain/bytes.h"
#include "services/domain/circle/circle.h"
#include "services/domain/validation.h"

namespace services::domain::circle {
namespace {

using poolcirkel::event::v1::CharterRules;

constexpr size_t kMemberIdSize = 16;
constexpr size_t kKeySize = 32;
constexpr size_t kNonceSize = 16;
constexpr size_t kDigestSize = 32;
constexpr size_t kOinDigits = 20;
constexpr int kMinimumMembers = 2;
constexpr int kMaximumAddresses = 4;
constexpr int64_t kYearSeconds = 366 * 86'400;

std::string Path(std::string_view field, std::string_view part) {
  return absl::StrCat(std::string(field), ".", std::string(part));
}

bool IsShortName(const std::string& name) {
  return !name.empty() && name.size() <= 40 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool IsPort(std::string_view text) {
  if (!AllDigits(text) || text.size() > 5 || text[0] == '0') return false;
  int port = 0;
  for (const char digit : text) port = port * 10 + (digit - '0');
  return port <= 65'535;
}

// "host:port": a name, an IPv4 address, or an IPv6 address in brackets.
bool IsAddress(const std::string& address) {
  if (address.size() > 255) return false;
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string host = address.substr(0, colon);
  if (!IsPort(std::string_view(address).substr(colon + 1))) return false;
  if (host.front() == '[') {
    return host.size() > 3 && host.back() == ']' &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") ==
               std::string::npos;
  }
  return host.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
         std::string::npos;
}

void CheckBytes(std::string_view field, const std::string& value, size_t size,
                Violations& violations) {
  if (value.size() != size) {
    violations.Add(field, absl::StrCat("heeft ", size, " bytes, niet ", value.size()));
  } else if (value == std::string(size, '\0')) {
    violations.Add(field, "is leeg (alleen nullen)");
  }
}

void CheckMemberInto(std::string_view field, const CharterMember& member, Violations& violations) {
  CheckBytes(Path(field, "member_id"), member.member_id(), kMemberIdSize, violations);
  if (!IsShortName(member.short_name())) {
    violations.Add(Path(field, "short_name"), "is 1 tot 40 tekens uit a-z, 0-9 en -");
  }
  violations.CheckText(Path(field, "name"), member.name(), 1, 200);
  if (member.oin().size() != kOinDigits || !AllDigits(member.oin())) {
    violations.Add(Path(field, "oin"), "heeft 20 cijfers");
  }
  CheckBytes(Path(field, "log_key"), member.log_key(), kKeySize, violations);
  CheckBytes(Path(field, "tls_key_hash"), member.tls_key_hash(), kKeySize, violations);
  if (member.addresses_size() < 1 || member.addresses_size() > kMaximumAddresses) {
    violations.Add(Path(field, "addresses"), "heeft 1 tot en met 4 adressen");
  } else {
    for (const std::string& address : member.addresses()) {
      if (!IsAddress(address))
        violations.Add(Path(field, "addresses"), "zijn van de vorm host:poort");
    }
  }
  violations.CheckRange(Path(field, "position.latitude_e4"), member.position().latitude_e4(),
                        -900'000, 900'000);
  violations.CheckRange(Path(field, "position.longitude_e4"), member.position().longitude_e4(),
                        -1'800'000, 1'800'000);
}

// Closed epochs stand in their order, and the present one comes after them.
void CheckEpochsInto(std::string_view field, const CharterMember& member, Violations& violations) {
  for (int i = 0; i < member.closed_epochs_size(); ++i) {
    const auto& closed = member.closed_epochs(i);
    const std::string path = absl::StrCat(std::string(field), ".closed_epochs[", i, "]");
    if (closed.epoch() != static_cast<uint32_t>(i))
      violations.Add(path, "staat niet op zijn plaats");
    CheckBytes(Path(path, "log_key"), closed.log_key(), kKeySize, violations);
    if (closed.final_root().size() != kDigestSize || closed.final_size() == 0) {
      violations.Add(path, "heeft een grootte boven 0 en een wortel van 32 bytes");
    }
    if (closed.reason() == poolcirkel::event::v1::EPOCH_END_UNSPECIFIED ||
        !poolcirkel::event::v1::EpochEnd_IsValid(closed.reason())) {
      violations.Add(Path(path, "reason"), "ontbreekt of is onbekend");
    }
  }
  const int closed = member.closed_epochs_size();
  if (member.suspended()) {
    const bool is_last = closed > 0 && member.epoch() == static_cast<uint32_t>(closed - 1) &&
                         member.log_key() == member.closed_epochs(closed - 1).log_key();
    if (!is_last) violations.Add(Path(field, "suspended"), "vraagt een afgesloten tijdvak");
  } else if (member.epoch() != static_cast<uint32_t>(closed)) {
    violations.Add(Path(field, "epoch"), absl::StrCat("is ", closed, ": na de afgeslotene"));
  }
}

void CheckRules(const CharterRules& rules, Violations& violations) {
  const auto within = [&](std::string_view name, int64_t value, int64_t maximum) {
    violations.CheckRange(Path("charter.rules", name), value, 0, maximum);
  };
  within("confirm_within_seconds", rules.confirm_within_seconds(), kYearSeconds);
  within("accept_within_seconds", rules.accept_within_seconds(), kYearSeconds);
  within("notice_days", rules.notice_days(), 366);
  within("maximum_term_days", rules.maximum_term_days(), 5 * 366);
  within("maximum_pool_months", rules.maximum_pool_months(), 600);
  within("fixed_eurocents_per_hour", rules.fixed_eurocents_per_hour(), 10'000'000);
  within("minimum_professionals", rules.minimum_professionals(), 10'000);
  within("minimum_assignments", rules.minimum_assignments(), 10'000);
  within("fresh_head_seconds", rules.fresh_head_seconds(), kYearSeconds);
  std::set<int> consents;
  for (const int consent : rules.required_consents()) {
    const bool known = poolcirkel::event::v1::Consent_IsValid(consent) &&
                       consent != poolcirkel::event::v1::CONSENT_UNSPECIFIED;
    if (!known || !consents.insert(consent).second) {
      violations.Add("charter.rules.required_consents", "zijn bekende instemmingen, elk één keer");
      return;
    }
  }
}

// Member ids, names and keys that stand twice.
void CheckUnique(const Charter& charter, Violations& violations) {
  std::set<std::string> ids;
  std::set<std::string> names;
  std::set<std::string> log_keys;
  std::set<std::string> tls_keys;
  for (int i = 0; i < charter.members_size(); ++i) {
    const CharterMember& member = charter.members(i);
    const std::string field = absl::StrCat("charter.members[", i, "]");
    const auto once = [&](std::set<std::string>& seen, const std::string& value,
                          std::string_view part) {
      if (!seen.insert(value).second) violations.Add(Path(field, part), "komt twee keer voor");
    };
    once(ids, member.member_id(), "member_id");
    once(names, member.short_name(), "short_name");
    for (const auto& closed : member.closed_epochs()) {
      once(log_keys, closed.log_key(), "closed_epochs.log_key");
    }
    // A suspended member still shows the key of the epoch that was closed.
    if (!member.suspended()) once(log_keys, member.log_key(), "log_key");
    once(tls_keys, member.tls_key_hash(), "tls_key_hash");
  }
}

}  // namespace

absl::Status CheckMember(std::string_view field, const CharterMember& member) {
  Violations violations;
  CheckMemberInto(field, member, violations);
  CheckEpochsInto(field, member, violations);
  return violations.Status();
}

absl::Status CheckCharter(const Charter& charter) {
  Violations violations;
  if (charter.previous().size() != (charter.version() == 0 ? 0 : kDigestSize)) {
    violations.Add("charter.previous", "is leeg in versie 0 en heeft 32 bytes daarna");
  }
  violations.CheckText("charter.name", charter.name(), 1, 200);
  if (!IsShortName(charter.short_name())) {
    violations.Add("charter.short_name", "is 1 tot 40 tekens uit a-z, 0-9 en -");
  }
  CheckBytes("charter.nonce", charter.nonce(), kNonceSize, violations);
  CheckRules(charter.rules(), violations);
  const int members = charter.members_size();
  violations.CheckRange("charter.members", members, kMinimumMembers, kMaximumMembers);
  if (members > kMaximumMembers) return violations.Status();
  for (int i = 0; i < members; ++i) {
    const std::string field = absl::StrCat("charter.members[", i, "]");
    CheckMemberInto(field, charter.members(i), violations);
    CheckEpochsInto(field, charter.members(i), violations);
    if (charter.version() == 0 && charter.members(i).closed_epochs_size() > 0) {
      violations.Add(Path(field, "closed_epochs"), "zijn er nog niet in versie 0");
    }
  }
  CheckUnique(charter, violations);
  const int64_t quorum = charter.quorum();
  const int active = ActiveMembers(charter);
  if (quorum * 2 <= active || quorum > active) {
    violations.Add("charter.quorum", absl::StrCat("is meer dan de helft van de ", active,
                                                  " leden, en niet meer dan alle"));
  }
  return violations.Status();
}

absl::StatusOr<Charter> ParseCharter(std::string_view bytes) {
  Violations violations;
  Charter charter;
  if (bytes.size() > kMaximumCharterSize) {
    violations.Add("charter", absl::StrCat("is te groot: ", bytes.size(), " bytes, ten hoogste ",
                                           kMaximumCharterSize));
  } else if (!charter.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    violations.Add("charter", "is geen geldig bericht");
  } else if (DeterministicBytes(charter) != bytes) {
    violations.Add("charter", "is niet op de vaste wijze gecodeerd");
  } else {
    violations.Add(CheckCharter(charter));
  }
  if (!violations.empty()) return violations.Status();
  return charter;
}

absl::StatusOr<std::string> EncodeCharter(const Charter& charter) {
  std::string bytes = DeterministicBytes(charter);
  const auto parsed = ParseCharter(bytes);
  if (!parsed.ok()) return parsed.status();
  return bytes;
}

}  // namespace services::domain::circle
