#include "eventstore/base/text.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/digest.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace base = ::eventstore::base;

// The small texts that people and peers write: dates, weeks, ids, hexadecimal, base64.
// Each value has one form, apart from the case of letters.
void Text(std::string_view input) {
  const std::string text(input);
  if (const auto day = base::ParseDate(text); day.ok()) {
    Expect(base::FormatDate(*day) == text, "a date has one form");
  }
  if (const auto week = base::ParseWeek(text); week.ok()) {
    Expect(base::FormatWeek(*week) == text, "a week has one form");
    Expect(base::IsoWeekOf(base::MondayOf(*week)) == *week, "a week begins on its Monday");
  }
  if (const auto bytes = base::FromHex(input); bytes.ok()) {
    Expect(bytes->size() * 2 == input.size(), "two digits are a byte");
    Expect(*base::FromHex(base::ToHex(*bytes)) == *bytes, "hexadecimal reads back");
  }
  if (const auto id = base::FromUuidText(input); id.ok()) {
    Expect(id->size() == 16 && *base::FromUuidText(base::ToUuidText(*id)) == *id,
           "an id reads back");
  }
  if (const auto bytes = eventstore::crypto::FromBase64(input); bytes.ok()) {
    Expect(eventstore::crypto::ToBase64(*bytes) == input, "base64 has one form");
  }
  if (base::IsPlainText(input)) {
    for (size_t at = 0; at < input.size();) {
      const size_t size = base::CharacterSize(input.substr(at));
      Expect(size >= 1 && size <= 4, "text is whole characters");
      at += size;
      Expect(at <= input.size(), "the last one is whole");
    }
  }
}

}  // namespace tests::fuzz
