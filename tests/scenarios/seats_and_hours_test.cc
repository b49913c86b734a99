// Two promises that exclude each other: one of them is refused, whoever comes first,
// and however long the other side is silent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "tests/scenarios/harness/flow.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story

TEST(TwoLendersAndOneSeat, TheSecondIsRefusedWithTheReason) {
  Circle circle({"rotterdam", "zuid-holland", "amsterdam", "bzk-flex"});
  Node& host = circle["rotterdam"];
  const auto assignment = Publish(host, "Programmamanager havens");
  ASSERT_TRUE(assignment.ok()) << assignment.status();
  std::vector<std::string> exchanges;
  for (const std::string name : {"zuid-holland", "amsterdam"}) {
    const auto professional = Register(circle[name], name + "-01");
    ASSERT_TRUE(professional.ok()) << professional.status();
    const auto exchange =
        WhenSeen([&] { return Propose(circle[name], *assignment, *professional); });
    ASSERT_TRUE(exchange.ok()) << exchange.status();
    exchanges.push_back(*exchange);
  }
  ASSERT_TRUE(WhenSeen([&] { return Select(host, exchanges[0]); }).ok());
  ASSERT_TRUE(WaitForStatus(host, exchanges[1], v1::EXCHANGE_STATUS_PROPOSED));

  // Held, and later filled: the seat is not given away a second time.
  EXPECT_EQ(ReasonOf(Select(host, exchanges[1]).status()), "SEAT_TAKEN");
  ASSERT_TRUE(WhenSeen([&] { return Confirm(circle["zuid-holland"], exchanges[0]); }).ok());
  EXPECT_EQ(ReasonOf(Select(host, exchanges[1]).status()), "SEAT_TAKEN");
  ASSERT_TRUE(WhenSeen([&] { return Accept(host, exchanges[0]); }).ok());
  EXPECT_EQ(ReasonOf(Select(host, exchanges[1]).status()), "SEAT_TAKEN");
  EXPECT_FALSE(Confirm(circle["amsterdam"], exchanges[1]).ok());
  for (const auto& node : circle.nodes()) {
    EXPECT_TRUE(WaitForStatus(*node, exchanges[0], v1::EXCHANGE_STATUS_EFFECTIVE));
    EXPECT_EQ(Exchange(*node, exchanges[1]).status(), v1::EXCHANGE_STATUS_PROPOSED);
  }
}

TEST(TwoHostsAndOneProfessional, TheHoursStayReservedWhileAHostIsSilent) {
  Circle circle({"rotterdam", "haarlemmermeer", "zuid-holland", "bzk-flex"});
  Node& lender = circle["zuid-holland"];
  const auto professional = Register(lender, "zuid-holland-01");
  ASSERT_TRUE(professional.ok()) << professional.status();
  std::vector<std::string> exchanges;
  for (const std::string name : {"rotterdam", "haarlemmermeer"}) {
    const auto assignment = Publish(circle[name], "Opdracht van " + name);
    ASSERT_TRUE(assignment.ok()) << assignment.status();
    const auto exchange = WhenSeen([&] { return Propose(lender, *assignment, *professional); });
    ASSERT_TRUE(exchange.ok()) << exchange.status();
    const auto selected = WhenSeen([&] { return Select(circle[name], *exchange); });
    ASSERT_TRUE(selected.ok()) << selected.status();
    exchanges.push_back(*exchange);
  }
  ASSERT_TRUE(WhenSeen([&] { return Confirm(lender, exchanges[0]); }).ok());

  // The first host falls silent before it accepts: the hours stay promised.
  circle["rotterdam"].Kill();
  ASSERT_TRUE(WaitForStatus(lender, exchanges[1], v1::EXCHANGE_STATUS_SELECTED));
  const auto second = Confirm(lender, exchanges[1]);
  EXPECT_EQ(ReasonOf(second.status()), "HOURS_PROMISED_TWICE");
  EXPECT_THAT(std::string(second.status().message()), testing::HasSubstr("2027-W01"));
  for (const auto& node : circle.nodes()) {
    if (!node->running()) continue;
    EXPECT_TRUE(Eventually([&] { return FreeMinutes(*node, *professional) == 8 * 60; }));
  }

  // It comes back and declines: only then are the hours free for the second host.
  circle["rotterdam"].Start();
  const auto declined = WhenSeen([&] { return Decline(circle["rotterdam"], exchanges[0]); });
  ASSERT_TRUE(declined.ok()) << declined.status();
  const auto now = WhenSeen([&] { return Confirm(lender, exchanges[1]); });
  EXPECT_TRUE(now.ok()) << now.status();
  ASSERT_TRUE(WhenSeen([&] { return Accept(circle["haarlemmermeer"], exchanges[1]); }).ok());
  for (const auto& node : circle.nodes()) {
    EXPECT_TRUE(WaitForStatus(*node, exchanges[1], v1::EXCHANGE_STATUS_EFFECTIVE));
    EXPECT_TRUE(WaitForStatus(*node, exchanges[0], v1::EXCHANGE_STATUS_DECLINED));
  }
}

TEST(ASilentLender, LosesTheSeatWhenTheTimeLimitHasPassed) {
  Circle circle({"rotterdam", "zuid-holland", "bzk-flex"},
                [](auto& rules) { rules.set_confirm_within_seconds(2); });
  const auto assignment = Publish(circle["rotterdam"], "Snelle opdracht");
  const auto professional = Register(circle["zuid-holland"], "zuid-holland-01");
  ASSERT_TRUE(assignment.ok() && professional.ok());
  const auto exchange =
      WhenSeen([&] { return Propose(circle["zuid-holland"], *assignment, *professional); });
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  ASSERT_TRUE(WhenSeen([&] { return Select(circle["rotterdam"], *exchange); }).ok());
  for (const auto& node : circle.nodes()) {
    EXPECT_TRUE(WaitForStatus(*node, *exchange, v1::EXCHANGE_STATUS_EXPIRED));
  }
  EXPECT_FALSE(Confirm(circle["zuid-holland"], *exchange).ok());
  EXPECT_EQ(FreeMinutes(circle["bzk-flex"], *professional), 32 * 60);
}

}  // namespace
}  // namespace tests::scenarios
