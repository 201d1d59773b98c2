#include "server/events/event_api.h"

#include <set>
#include <string>
#include <vector>

#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/events/test_log.h"

namespace tunegate::events {
namespace {

class EventApiTest : public testing::Test {
 protected:
  // The messages of all pages, a space between events and a bar between pages.
  std::string Pages(v1::ListEventsRequest request) {
    std::string text;
    while (true) {
      const auto page = api_.ListEvents({}, request);
      if (!page.ok()) return std::string(page.status().message());
      for (const v1::Event& event : page->events()) text += event.message() + " ";
      if (page->next_page_token().empty()) return text;
      text += "| ";
      request.set_page_token(page->next_page_token());
    }
  }
  std::string Field(const absl::Status& status) {
    const ErrorDetails details = DetailsOf(status);
    return details.field_violations.empty() ? "" : details.field_violations[0].first;
  }
  static v1::ListEventsRequest Request(int page_size) {
    v1::ListEventsRequest request;
    request.set_page_size(page_size);
    return request;
  }

  TestLog log_;
  EventApi api_{&log_.log_store};
};

TEST_F(EventApiTest, PagesGoOnInTheMiddleOfACommit) {
  log_.Commit({TestLog::EventOf("jobs/a", "1"), TestLog::EventOf("jobs/b", "2"),
               TestLog::EventOf("jobs/a", "3")});
  log_.Commit({TestLog::EventOf("jobs/a", "4"), TestLog::EventOf("jobs/b", "5")});
  EXPECT_EQ(Pages(Request(2)), "1 2 | 3 4 | 5 ");
  EXPECT_EQ(Pages(Request(1)), "1 | 2 | 3 | 4 | 5 ");
  EXPECT_EQ(Pages(Request(5)), "1 2 3 4 5 ") << "no empty page behind the last";
  EXPECT_EQ(Pages(Request(0)), "1 2 3 4 5 ");
}

TEST_F(EventApiTest, FilteredPagesCountOnlyWhatMatches) {
  for (int i = 0; i < 4; ++i) {
    log_.Commit({TestLog::EventOf("jobs/a", "a" + std::to_string(i)),
                 TestLog::EventOf("jobs/b", "b" + std::to_string(i)),
                 TestLog::EventOf("workflows/w", "w" + std::to_string(i))});
  }
  v1::ListEventsRequest request = Request(3);
  request.add_resources("jobs/b");
  EXPECT_EQ(Pages(request), "b0 b1 b2 | b3 ");
  request.set_resources(0, "jobs/-");
  EXPECT_EQ(Pages(request), "a0 b0 a1 | b1 a2 b2 | a3 b3 ");
}

TEST_F(EventApiTest, HistoryBeginsAfterThePositionAsked) {
  const int64_t first = log_.Commit({TestLog::EventOf("jobs/a", "1")});
  log_.Commit({TestLog::EventOf("jobs/a", "2")});
  v1::ListEventsRequest request;
  request.set_after_position(first);
  EXPECT_EQ(Pages(request), "2 ");
}

TEST_F(EventApiTest, HistoryOfThousandsIsReadInPieces) {
  for (int i = 0; i < 25; ++i) {
    std::vector<v1::Event> events;
    for (int j = 0; j < 100; ++j) events.push_back(TestLog::EventOf("jobs/a", "x"));
    log_.Commit(events);
  }
  v1::ListEventsRequest request = Request(1000);
  int pages = 0, events = 0;
  do {
    const auto page = api_.ListEvents({}, request);
    ASSERT_TRUE(page.ok());
    ++pages;
    events += page->events_size();
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(events, 2500);
}

TEST_F(EventApiTest, TokenIsBoundToItsFilter) {
  log_.Commit({TestLog::EventOf("jobs/a", "1"), TestLog::EventOf("jobs/a", "2")});
  v1::ListEventsRequest request = Request(1);
  const std::string token = api_.ListEvents({}, request)->next_page_token();
  request.set_page_token(token);
  request.add_resources("jobs/a");
  EXPECT_EQ(Field(api_.ListEvents({}, request).status()), "page_token");
}

TEST_F(EventApiTest, HistoryFromZeroBeginsWithTheOldestThatIsKept) {
  for (const char* message : {"1", "2", "3", "4"}) {
    log_.Commit({TestLog::EventOf("jobs/a", message)});
  }
  log_.log_store.oldest_position = 2;
  EXPECT_EQ(Pages(Request(0)), "3 4 ");
  EXPECT_EQ(Pages(Request(1)), "3 | 4 ");
}

TEST_F(EventApiTest, HistoryFromAPositionThatIsNotKeptIsOutOfRange) {
  for (int i = 0; i < 3; ++i) log_.Commit("jobs/a");
  v1::ListEventsRequest next = Request(1);
  next.set_page_token(api_.ListEvents({}, next)->next_page_token());
  log_.log_store.oldest_position = 2;
  v1::ListEventsRequest request;
  request.set_after_position(1);
  EXPECT_TRUE(absl::IsOutOfRange(api_.ListEvents({}, request).status()));
  EXPECT_TRUE(absl::IsOutOfRange(api_.ListEvents({}, next).status())) << "no gap between pages";
}

TEST_F(EventApiTest, PageThatLooksForLongEndsThoughLittleOrNothingMatched) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  for (int i = 0; i < 2500; ++i) log_.Commit("jobs/b");
  log_.Commit({TestLog::EventOf("jobs/a", "2")});
  EventApi api(&log_.log_store, 1000);
  v1::ListEventsRequest request;
  request.add_resources("jobs/a");
  std::string text;
  do {
    const auto page = api.ListEvents({}, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Event& event : page->events()) text += event.message() + " ";
    text += "| ";
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(text, "1 | | 2 | ");
}

TEST_F(EventApiTest, ListingEndsWhenItsCallerHasGone) {
  log_.Commit("jobs/a");
  rpc::Caller caller;
  caller.gone = [] { return true; };
  const int reads = log_.log_store.event_reads;
  EXPECT_TRUE(absl::IsCancelled(api_.ListEvents(caller, {}).status()));
  EXPECT_LE(log_.log_store.event_reads, reads + 1) << "at most the feed's";
}

TEST_F(EventApiTest, WatchRequestIsRead) {
  v1::WatchEventsRequest request;
  request.add_resources("jobs/a");
  request.add_resources("decisions/-");
  request.set_include_owned(true);
  request.add_types(v1::Event::TYPE_PROGRESS);
  (*request.mutable_labels())["team"] = "search";
  request.set_after_position(7);
  request.set_log_id("log");
  const auto watch = ReadWatchRequest(request);
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_EQ(watch->filter.resources, std::set<std::string>({"jobs/a"}));
  EXPECT_EQ(watch->filter.kinds, std::set<std::string>({"decisions"}));
  EXPECT_TRUE(watch->filter.include_owned);
  EXPECT_EQ(watch->filter.types, std::set<int>({v1::Event::TYPE_PROGRESS}));
  EXPECT_EQ(watch->filter.labels.at("team"), "search");
  EXPECT_EQ(watch->after_position, 7);
  EXPECT_EQ(watch->log_id, "log");
  EXPECT_FALSE(ReadWatchRequest({})->after_position.has_value()) << "unset means from now";
}

TEST_F(EventApiTest, BadWatchRequestsAreRefusedByTheirField) {
  for (const char* name : {"", "jobs", "gadgets/a", "jobs/A", "-", "jobs/a/b"}) {
    v1::WatchEventsRequest request;
    request.add_resources(name);
    EXPECT_EQ(Field(ReadWatchRequest(request).status()), "resources") << name;
  }
  v1::WatchEventsRequest many;
  for (int i = 0; i < 101; ++i) many.add_resources("jobs/a" + std::to_string(i));
  EXPECT_EQ(Field(ReadWatchRequest(many).status()), "resources");
  v1::WatchEventsRequest request;
  request.set_after_position(-1);
  EXPECT_EQ(Field(ReadWatchRequest(request).status()), "after_position");
  request.set_after_position(0);
  request.set_snapshot(true);
  EXPECT_EQ(Field(ReadWatchRequest(request).status()), "after_position");
}

TEST_F(EventApiTest, LabelsAreBoundedAsThoseOfResourcesAre) {
  v1::WatchEventsRequest many;
  for (int i = 0; i < 64; ++i) (*many.mutable_labels())["k" + std::to_string(i)] = "v";
  (*many.mutable_labels())["k0"] = std::string(256, 'v');
  EXPECT_TRUE(ReadWatchRequest(many).ok());
  (*many.mutable_labels())["k64"] = "v";
  EXPECT_EQ(Field(ReadWatchRequest(many).status()), "labels");
  v1::WatchEventsRequest long_key;
  (*long_key.mutable_labels())[std::string(64, 'k')] = "v";
  EXPECT_EQ(Field(ReadWatchRequest(long_key).status()), "labels");
  v1::ListEventsRequest long_value;
  (*long_value.mutable_labels())["team"] = std::string(257, 'v');
  EXPECT_EQ(Field(api_.ListEvents({}, long_value).status()), "labels");
}

TEST_F(EventApiTest, TypeThatNoEventHasIsRefused) {
  v1::WatchEventsRequest request;
  request.add_types(v1::Event::TYPE_DELETED);
  EXPECT_TRUE(ReadWatchRequest(request).ok());
  request.add_types(static_cast<v1::Event::Type>(99));
  EXPECT_EQ(Field(ReadWatchRequest(request).status()), "types");
}

}  // namespace
}  // namespace tunegate::events
