#include "eventstore/log/record.h"

#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace log = ::eventstore::log;

// A record of a feed: what decodes has one form, keeps its rules, and reads back the same.
void Record(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const log::FeedId& feed = TheCircle().story.feed();
  const log::Sequence sequence(3);
  const std::string bytes(input);
  const auto decoded = log::DecodeRecord(feed, sequence, bytes);
  const auto stored = log::ReadStored(feed, sequence, bytes);
  if (!decoded.ok()) return;
  Expect(bytes.size() <= log::kMaximumRecordSize, "a record is bounded");
  Expect(decoded->payload.size() <= log::kMaximumPayloadSize, "a payload is bounded");
  Expect(decoded->bytes == bytes && log::EncodeRecord(*decoded) == bytes,
         "encoding gives the same bytes");
  Expect(log::CheckParts(*decoded).ok(), "what decodes could be written");
  Expect(stored.ok(), "what decodes can be read back");
  Expect(stored->id == decoded->id && stored->type == decoded->type &&
             stored->stream == decoded->stream && stored->recorded_at == decoded->recorded_at &&
             stored->request == decoded->request && stored->payload == decoded->payload &&
             stored->request_digest == decoded->request_digest,
         "it reads back the same");
}

}  // namespace tests::fuzz
