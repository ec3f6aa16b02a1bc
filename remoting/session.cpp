#include "remoting/session.h"

#include "remoting/errors.h"
#include "remoting/header_codec.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace gantry::remoting {
namespace {

// The part of their time that peers are given to take a byte, or to send one, while memory is short.
constexpr int kSoonerWhenShort = 10;

// For a peer that is told the end to close as well, once it has everything.
constexpr auto kTimeToLeave = std::chrono::seconds(1);

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> id{0};
  return ++id;
}

std::size_t size_of(std::span<const Slice> body) {
  std::size_t size = 0;
  for (const Slice& slice : body) size += slice.bytes.size();
  return size;
}

void add_answer(Outbox& to, const Command& request, const Answer& answer) {
  const Command command{.code = static_cast<std::int32_t>(answer.code),
                        .opaque = request.opaque,
                        .flag = Command::kResponseBit,
                        .serialize_type = request.serialize_type,
                        .remark = answer.remark,
                        .fields = answer.extras};
  to.add([&](std::string& out) { append_frame_head(out, command, answer.header, size_of(answer.body)); },
         answer.body);
}

EncodedRequest encode(const OutgoingRequest& request, std::int32_t flag, std::chrono::milliseconds timeout) {
  static std::atomic<std::int32_t> next_opaque{1};
  EncodedRequest encoded{.opaque = next_opaque.fetch_add(1, std::memory_order_relaxed),
                         .deadline = IoThread::Clock::now() + timeout};
  // JSON always: some clients can read nothing else of what a server asks them.
  const Command command{.code = static_cast<std::int32_t>(request.code),
                        .opaque = encoded.opaque,
                        .flag = flag,
                        .serialize_type = SerializeType::json,
                        .fields = request.extras};
  encoded.frames.add(
      [&](std::string& out) { append_frame_head(out, command, request.header, size_of(request.body)); },
      request.body);
  return encoded;
}

}  // namespace

EncodedRequest encode_request(const OutgoingRequest& request, std::chrono::milliseconds timeout,
                              Connection::ResponseHandler done) {
  auto encoded = encode(request, 0, timeout);
  encoded.done = std::move(done);
  return encoded;
}

EncodedRequest encode_notice(const OutgoingRequest& request, std::chrono::milliseconds timeout) {
  return encode(request, Command::kOnewayBit, timeout);
}

Session::Session(IoThread& thread, SessionSetting& setting, Socket socket, std::string peer)
    : thread_(thread),
      setting_(setting),
      id_(next_id()),
      peer_(std::move(peer)),
      socket_(std::move(socket)),
      wake_(thread.context()),
      last_activity_(Clock::now()) {
  socket_.native_non_blocking(true);
  boost::system::error_code ignored;  // a socket that is closed already shows it at the first read
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

Session::~Session() {
  // A session that went through finish() holds nothing, and its server may be gone.
  if (accounted_ != 0) setting_.budget.give_back(accounted_);
}

// ---- Answers and requests

void Session::answer(const Request& request, const Answer& answer) {
  if (request.command.is_oneway() || closed_) return;
  if (filling_.bare()) filling_ = thread_.spare_outbox();
  add_answer(filling_, request.command, answer);
  after_adding();
}

Responder Session::answer_later(const Request& request) {
  ++unanswered_;
  return {shared_from_this(), request.command};
}

// Answers that come from elsewhere while this thread is busy gather, and cross to it together.
void Session::answer_from_any_thread(const Command& request, const Answer& answer, bool set_aside) {
  if (thread_.is_current()) {
    --(set_aside ? set_aside_ : unanswered_);
    if (!request.is_oneway() && !closed_) {
      if (filling_.bare()) filling_ = thread_.spare_outbox();
      add_answer(filling_, request, answer);
      after_adding();
    }
    if (!in_burst_) wake();
    return;
  }
  {
    const std::lock_guard lock(late_mutex_);
    if (!request.is_oneway()) add_answer(late_, request, answer);
    const bool is_first = late_answers_ + late_set_aside_ == 0;
    ++(set_aside ? late_set_aside_ : late_answers_);
    if (!is_first) return;  // whoever gave the first one has called the thread
  }
  thread_.post([self = shared_from_this()] { self->take_late_answers(); });
}

void Session::take_late_answers() {
  Outbox frames;
  {
    const std::lock_guard lock(late_mutex_);
    std::swap(frames, late_);
    unanswered_ -= std::exchange(late_answers_, 0);
    set_aside_ -= std::exchange(late_set_aside_, 0);
  }
  queue(std::move(frames));
  wake();
}

void Session::set_one_aside() {
  const auto move_one = [](Session& self) {
    --self.unanswered_;
    ++self.set_aside_;
    if (!self.in_burst_) self.wake();
  };
  if (thread_.is_current()) return move_one(*this);
  thread_.post([self = shared_from_this(), move_one] { move_one(*self); });
}

void Session::request(const OutgoingRequest& request, std::chrono::milliseconds timeout,
                      ResponseHandler done) {
  auto encoded = encode_request(request, timeout, std::move(done));
  if (thread_.is_current()) return send(std::move(encoded));
  thread_.post([self = shared_from_this(), encoded = std::move(encoded)]() mutable {
    self->send(std::move(encoded));
  });
}

void Session::notify(const OutgoingRequest& request) {
  auto encoded = encode_notice(request, setting_.limits.write_time);
  if (thread_.is_current()) return send(std::move(encoded));
  thread_.post([self = shared_from_this(), encoded = std::move(encoded)]() mutable {
    self->send(std::move(encoded));
  });
}

void Session::send(EncodedRequest request) {
  // Once the end has begun nobody reads the response, and nobody looks for whom to tell so.
  if (closed_ || end_ || draining_) return request.fail(make_error_code(RemotingErrc::connection_closed));
  if (request.done) {
    pending_[request.opaque] = {request.deadline, std::move(request.done)};
    thread_.look_at_deadlines_by(request.deadline);
  }
  queue(std::move(request.frames));
}

void Session::queue(Outbox&& frames) {
  if (closed_ || frames.empty()) return;
  if (filling_.bare())
    filling_ = std::move(frames);
  else
    filling_.take(std::move(frames));
  after_adding();
}

void Session::after_adding() {
  if (in_burst_ || flush_is_coming_) return;
  flush_is_coming_ = true;
  thread_.flush_soon(shared_from_this());
}

void Session::settle(const Command& command, std::string_view body) {
  const auto found = pending_.find(command.opaque);
  if (found == pending_.end()) return;  // too late, or never asked
  const auto done = std::move(found->second.done);
  pending_.erase(found);
  done(Response{command, body});
}

void Session::fail_pending(const boost::system::error_code& error) {
  // A handler may ask again at once: what it adds then is not of this round.
  for (auto& [opaque, pending] : std::exchange(pending_, {})) pending.done(error);
}

// ---- Life

void Session::close(std::string_view reason) {
  thread_.post([self = shared_from_this(), why = std::string(reason)] { self->abort(why, false); });
}

void Session::end(std::string why, bool alarming) {
  if (!end_) end_ = End{std::move(why), alarming};
}

void Session::abort(std::string why, bool alarming) {
  end(std::move(why), alarming);
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  wake();
}

// What still comes is read and dropped: were it left unread, or receiving shut down, Linux would reset the
// connection at its end, and answers that the peer has not taken by then would be lost.
void Session::drain() {
  draining_ = true;
  half_ = {};
  account();
  wake();
}

void Session::wake() {
  wake_.cancel();
  leave_when_done();
}

void Session::leave_when_done() {
  if (!draining_ || closed_ || leave_deadline_ || writing_) return;
  if (unanswered_ + set_aside_ != 0 || !filling_.empty() || !in_flight_.empty()) return;
  boost::system::error_code ignored;  // of a connection that is broken, which reading tells
  socket_.shutdown(Socket::shutdown_send, ignored);
  leave_deadline_ = Clock::now() + kTimeToLeave;
  thread_.look_at_deadlines_by(*leave_deadline_);
}

// At the peer's machine, that is. One that never takes it is closed with the others, by who drains.
bool Session::has_all_arrived() {
  int on_the_way = 0;
  return ::ioctl(socket_.native_handle(), SIOCOUTQ, &on_the_way) != 0 || on_the_way == 0;
}

// Nobody waits for anything: neither the peer for an answer, nor we for a response.
bool Session::is_at_rest() const {
  return unanswered_ == 0 && set_aside_ == 0 && pending_.empty() && filling_.empty() && in_flight_.empty() &&
         !half_.waits_since;
}

// Others have to wait for it, and only the peer can give it back.
bool Session::holds_scarce_memory() const {
  return in_flight_.unsent() + filling_.unsent() > MemoryBudget::kLittle && setting_.budget.is_short();
}

// When the memory that this frame was promised goes to who waits for it: its peer pauses, or is behind the
// slowest line that is put up with.
std::optional<Session::Clock::time_point> Session::frame_gives_up() const {
  if (half_.promised == 0 || !half_.deadline || !setting_.budget.is_short()) return {};
  const auto& limits = setting_.limits;
  const auto pause = limits.frame_time / kSoonerWhenShort;
  return std::min(half_.heard + pause, half_.begun + limits.time_for(half_.used, pause));
}

IoThread::Clock::time_point Session::look_at_deadlines(Clock::time_point now) {
  auto next = now + std::chrono::seconds(1);
  const auto passed = [&](const std::optional<Clock::time_point>& deadline) {
    if (!deadline) return false;
    if (*deadline <= now) return true;
    next = std::min(next, *deadline);
    return false;
  };
  if (closed_) return next;

  std::vector<ResponseHandler> late;
  std::erase_if(pending_, [&](auto& entry) {
    if (!passed(entry.second.deadline)) return false;
    late.push_back(std::move(entry.second.done));
    return true;
  });
  for (const auto& done : late) done(make_error_code(RemotingErrc::timed_out));

  if (passed(handshake_deadline_)) {
    abort("TLS handshake not finished in time");
  } else if (passed(half_.deadline)) {
    abort("frame not finished in time: " + std::to_string(half_.used) + " bytes came" +
          (half_.size == 0 ? "" : " of " + std::to_string(half_.size)));
  } else if (passed(frame_gives_up())) {
    abort("frame does not go on, and memory is short: " + std::to_string(half_.used) + " bytes came of " +
          std::to_string(half_.size));
  } else if (passed(write_deadline_)) {
    abort("peer does not read: " + std::to_string(in_flight_.unsent() + filling_.unsent()) + " bytes unsent");
  } else if (holds_scarce_memory() &&
             passed(last_activity_ + setting_.limits.write_time / kSoonerWhenShort)) {
    abort("peer does not read, and memory is short: " +
          std::to_string(in_flight_.unsent() + filling_.unsent()) + " bytes unsent");
  } else if (passed(leave_deadline_)) {
    if (has_all_arrived()) abort("drained", false);
  } else if (is_at_rest() && passed(last_activity_ + setting_.idle.load())) {
    abort("idle", false);
  }
  return next;
}

// What the budget is told: everything that would be freed if this session ended.
void Session::account() {
  const auto holds =
      MemoryBudget::counted(std::max(half_.promised, half_.used) + filling_.unsent() + in_flight_.unsent());
  if (holds > accounted_) setting_.budget.take(holds - accounted_);
  if (holds < accounted_) setting_.budget.give_back(accounted_ - holds);
  accounted_ = holds;
}

}  // namespace gantry::remoting
