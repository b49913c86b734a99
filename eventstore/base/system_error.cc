#include "eventstore/base/system_error.h"

#include <cerrno>
#include <cstring>

namespace eventstore::base {
namespace {

struct SystemError {
  int error;
  const char* dutch;
};
constexpr SystemError kSystemErrors[] = {
    {ENOENT, "het bestand of de map is er niet"},
    {EACCES, "deze gebruiker mag dat niet"},
    {EPERM, "deze gebruiker mag dat niet"},
    {ENOSPC, "de schijf is vol"},
    {EDQUOT, "de schijfruimte van deze gebruiker is op"},
    {EROFS, "het bestandssysteem is alleen te lezen"},
    {EMFILE, "dit proces heeft te veel bestanden open; zie ulimit -n"},
    {ENFILE, "het systeem heeft te veel bestanden open"},
    {EIO, "de schijf geeft een fout"},
    {ENOTDIR, "een deel van het pad is geen map"},
    {EISDIR, "het is een map, geen bestand"},
    {EEXIST, "er staat al iets met die naam"},
};

}  // namespace

std::string SystemErrorText(int error) { return SystemErrorText(std::strerror(error)); }

std::string SystemErrorText(std::string_view english) {
  for (const SystemError& known : kSystemErrors) {
    if (english == std::strerror(known.error)) return known.dutch;
  }
  return std::string(english);
}

}  // namespace eventstore::base
