#include "services/access/access_log.h"

#include <sys/resource.h>

#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "eventstore/base/errors.h"
#include "services/access/json.h"
#include "tests/services/access/support.h"

namespace services::access {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;

class AccessLogTest : public AccessTest {
 protected:
  std::unique_ptr<AccessLog> Open() {
    auto opened = AccessLog::Open(Path("access.log"), entropy_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  AccessEntry Entry(const std::string& purpose) {
    return {.at = absl::FromUnixMillis(1'795'000'000'123),
            .circle = circle_,
            .requested_by = RandomId<log::MemberId>(),
            .professional = RandomId<log::StreamId>(),
            .purpose = purpose};
  }
  std::string File() const { return *base::ReadFile(Path("access.log"), 1 << 24); }
};

TEST_F(AccessLogTest, WritesOneLineOfJsonThatReadsBack) {
  const AccessEntry entry = Entry("kennismaking voor \"opdracht\" \\ één");
  ASSERT_TRUE(Open()->Append(entry).ok());
  const std::string file = File();
  EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 1);
  EXPECT_TRUE(file.starts_with("{\"resourceSpans\":[{") && file.ends_with("}\n")) << file;
  const auto read = *Open()->ReadNewest(10);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].at, entry.at);
  EXPECT_EQ(read[0].circle, entry.circle);
  EXPECT_EQ(read[0].requested_by, entry.requested_by);
  EXPECT_EQ(read[0].professional, entry.professional);
  EXPECT_EQ(read[0].purpose, entry.purpose);
  EXPECT_EQ(read[0].trace_id.size(), 32U) << "made when none was given";
  EXPECT_TRUE(*base::IsOwnerOnly(Path("access.log")));
}

// What Logboek Dataverwerkingen 1.0 demands of a line, in OTLP/JSON; times are whole
// milliseconds, and nothing says which employee it was.
TEST_F(AccessLogTest, ALineHasTheFieldsOfTheStandard) {
  AccessEntry entry = Entry("doel");
  entry.trace_id = "0123456789abcdef0123456789abcdef";
  ASSERT_TRUE(Open()->Append(entry).ok());
  const auto line = ParseJson(File());
  ASSERT_TRUE(line.has_value());
  const auto& resource = line->fields().at("resourceSpans").list_value().values(0).struct_value();
  const auto& scope = resource.fields().at("scopeSpans").list_value().values(0).struct_value();
  const auto& span = scope.fields().at("spans").list_value().values(0).struct_value();
  EXPECT_EQ(GetText(span, "traceId"), entry.trace_id);
  EXPECT_EQ(GetText(span, "spanId")->size(), 16U);
  EXPECT_EQ(GetText(span, "startTimeUnixNano"), "1795000000123000000");
  EXPECT_EQ(GetText(span, "endTimeUnixNano"), "1795000000123000000");
  EXPECT_FALSE(GetText(span, "name")->empty());
  EXPECT_EQ(GetNumber(span.fields().at("status").struct_value(), "code"), 1);
  std::map<std::string, std::string> attributes;
  for (const auto& value : span.fields().at("attributes").list_value().values()) {
    const auto& attribute = value.struct_value();
    attributes[*GetText(attribute, "key")] =
        *GetText(attribute.fields().at("value").struct_value(), "stringValue");
  }
  EXPECT_EQ(attributes.at("dpl.core.processing_activity_id"), kDisclosureActivity);
  EXPECT_EQ(attributes.at("dpl.core.data_subject_id"), base::ToText(entry.professional));
  EXPECT_TRUE(attributes.at("dpl.core.data_subject_id_type").starts_with("https://"));
  EXPECT_EQ(attributes.at("poolcirkel.requested_by"), base::ToText(entry.requested_by));
  EXPECT_EQ(attributes.size(), 6U) << "nothing else, and so no employee";
}

TEST_F(AccessLogTest, OneLineForEachPersonWithItsOwnSpan) {
  ASSERT_TRUE(Open()->AppendAll({Entry("a"), Entry("a"), Entry("a")}).ok());
  const std::string file = File();
  EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 3);
  std::set<std::string> traces;
  const auto newest = Open()->ReadNewest(10);
  ASSERT_TRUE(newest.ok());
  for (const auto& entry : *newest) traces.insert(entry.trace_id);
  EXPECT_EQ(traces.size(), 3U);
}

TEST_F(AccessLogTest, AFullFileGetsANumberAndIsStillRead) {
  constexpr size_t kSmall = 4000;
  auto opened = *AccessLog::Open(Path("access.log"), entropy_, kSmall);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(opened->Append(Entry(std::to_string(i))).ok());
  EXPECT_LE(File().size(), kSmall);
  EXPECT_TRUE(base::ReadFile(Path("access.log.1"), kSmall).ok());
  EXPECT_TRUE(base::ReadFile(Path("access.log.2"), kSmall).ok());
  // Also by a process that starts later.
  opened = *AccessLog::Open(Path("access.log"), entropy_, kSmall);
  ASSERT_TRUE(opened->Append(Entry("20")).ok());
  const auto read = *opened->ReadNewest(1000);
  ASSERT_EQ(read.size(), 21U);
  for (int i = 0; i <= 20; ++i)
    EXPECT_EQ(read[static_cast<size_t>(20 - i)].purpose, std::to_string(i));
  EXPECT_EQ(opened->ReadNewest(7)->size(), 7U);
}

TEST_F(AccessLogTest, NewestFirstAndBounded) {
  const auto opened = Open();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(opened->Append(Entry(std::to_string(i))).ok());
  const auto read = *opened->ReadNewest(3);
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].purpose, "49");
  EXPECT_EQ(read[2].purpose, "47");
  EXPECT_EQ(opened->ReadNewest(1000)->size(), 50U);
  EXPECT_TRUE(opened->ReadNewest(0)->empty());
}

TEST_F(AccessLogTest, TheWidestEntriesFitInWhatIsRead) {
  const auto opened = Open();
  AccessEntry widest = Entry(std::string(600, '<'));  // six bytes each when escaped
  widest.activity = std::string(200, '>');
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(opened->Append(widest).ok());
  EXPECT_EQ(opened->ReadNewest(19)->size(), 19U);
}

TEST_F(AccessLogTest, ACutLineSpoilsNoOther) {
  ASSERT_TRUE(Open()->Append(Entry("first")).ok());
  const std::string whole = File();
  ASSERT_TRUE(
      base::WriteFileDurably(Path("access.log"), whole + whole.substr(0, whole.size() / 2)).ok());
  const auto opened = Open();
  ASSERT_TRUE(opened->Append(Entry("second")).ok());
  const auto read = *opened->ReadNewest(10);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].purpose, "second");
  EXPECT_EQ(read[1].purpose, "first");
}

TEST_F(AccessLogTest, RefusesWhatIsNoText) {
  const auto opened = Open();
  for (const std::string& purpose :
       {std::string("a\nb"), std::string("\xff"), std::string(601, 'x'), std::string("\0", 1)}) {
    EXPECT_EQ(opened->Append(Entry(purpose)).code(), absl::StatusCode::kInvalidArgument);
  }
  AccessEntry entry = Entry("ok");
  for (const std::string trace :
       {"a\"b\n", "0123", "00000000000000000000000000000000", "0123456789ABCDEF0123456789abcdef"}) {
    entry.trace_id = trace;
    EXPECT_FALSE(opened->Append(entry).ok()) << trace;
  }
  EXPECT_EQ(File(), "");
}

// What cannot be written is not disclosed: the caller gets an error.
TEST_F(AccessLogTest, AFullDiskIsAnError) {
  const auto opened = Open();
  ASSERT_TRUE(opened->Append(Entry("first")).ok());
  const std::string before = File();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit full = limit;
  full.rlim_cur = before.size() + 10;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const absl::Status refused = opened->Append(Entry("second"));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::DetailsOf(refused).reason, "ACCESS_LOG_UNAVAILABLE");
  EXPECT_EQ(File(), before);
  EXPECT_TRUE(opened->Append(Entry("third")).ok());
}

TEST_F(AccessLogTest, ThreadsWriteWholeLines) {
  const auto opened = Open();
  std::vector<std::thread> threads;
  const AccessEntry entry = Entry("samen");
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) EXPECT_TRUE(opened->Append(entry).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened->ReadNewest(1000)->size(), 100U);
}

}  // namespace
}  // namespace services::access
