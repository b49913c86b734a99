#include "services/access/access_log.h"

#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "eventstore/base/errors.h"
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
  EXPECT_TRUE(file.starts_with("{") && file.ends_with("}\n"));
  EXPECT_NE(file.find("\"at_milliseconds\":1795000000123"), std::string::npos) << file;
  EXPECT_NE(file.find("\"activity\":\"disclosure\""), std::string::npos) << file;
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
  AccessEntry widest = Entry(std::string(200, '<'));  // six bytes each when escaped
  widest.trace_id = std::string(64, '<');
  widest.activity = std::string(64, '>');
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
       {std::string("a\nb"), std::string("\xff"), std::string(201, 'x'), std::string("\0", 1)}) {
    EXPECT_EQ(opened->Append(Entry(purpose)).code(), absl::StatusCode::kInvalidArgument);
  }
  AccessEntry entry = Entry("ok");
  entry.trace_id = "a\"b\n";
  EXPECT_FALSE(opened->Append(entry).ok());
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
