// Verifies a bundle and nothing else: `verify_alone CIRCLE FILE`. Without arguments it tells
// whether what it loaded is pure: no network, no database, nothing that reads a configuration.
#include <link.h>

#include <iostream>
#include <string>

#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "services/audit/verify/bundle.h"
#include "services/audit/verify/verify.h"

namespace {

int CountImpure(dl_phdr_info* info, size_t, void* count) {
  const std::string name = info->dlpi_name;
  for (const char* impure : {"grpc", "rocksdb", "yaml", "curl", "ssl.so", "cares"}) {
    if (name.find(impure) == std::string::npos) continue;
    std::cerr << "loaded: " << name << "\n";
    ++*static_cast<int*>(count);
  }
  return 0;
}

int Verify(const std::string& circle_text, const std::string& path) {
  const auto bytes = eventstore::base::FromHex(circle_text);
  const auto circle = bytes.ok() ? eventstore::log::CircleId::FromBytes(*bytes) : bytes.status();
  const auto bundle = eventstore::base::ReadFile(path, services::audit::verify::kMaximumBundleSize);
  if (!circle.ok() || !bundle.ok()) {
    std::cerr << circle.status() << "\n" << bundle.status() << "\n";
    return 2;
  }
  const auto report = services::audit::verify::VerifyBundle(*bundle, *circle);
  for (const auto& claim : report.claims) {
    std::cout << (claim.ok ? "+ " : "- ") << claim.sentence << "\n";
  }
  return report.ok ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3) return Verify(arguments[1], arguments[2]);
  int impure = 0;
  dl_iterate_phdr(CountImpure, &impure);
  return impure == 0 ? 0 : 1;
}
