// The number by which a broker compares tags before it looks at the message: Java's String.hashCode, which
// clients compute as well. Unequal numbers mean unequal tags; equal ones may collide ("Aa", "BB").
// Any thread; no allocation.
#pragma once

#include <cstdint>
#include <string_view>

namespace gantry::remoting {

// Over the UTF-16 units that Java makes of these bytes. Bytes that are no UTF-8 count as U+FFFD, as many
// as Java would put there, so that both sides agree on them too. `before` is the hash of a string that stands
// in front of this one: java_string_hash(b, java_string_hash(a)) is that of a + b.
std::int32_t java_string_hash(std::string_view utf8, std::int32_t before = 0);

// The tags code of a consume-queue entry: the hash of the property TAGS, sign-extended; 0 without tags.
std::int64_t tags_code(std::string_view properties);

}  // namespace gantry::remoting
