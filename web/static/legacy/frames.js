/**
 * Call signalling in the legacy dialect: everybody is a profile. `peer` is what a frame or a conversation told about
 * the other side; a later frame about the same call is addressed to it.
 */

export function legacyFrames(profile, me) {
  const from = { from_profile_id: profile.profile_id };
  const both = { ...from, from_profile_type: profile.profile_type };
  const to = (peer) => ({ to_profile_id: peer.profile_id, to_profile_type: peer.profile_type });
  const about = (call) => ({ conversation_id: call.conversation, ...from, ...to(call.peer) });
  return {
    peerOf: (conversation) => conversation.other,
    callerOf: (frame) => ({ profile_id: frame.from_profile_id, profile_type: frame.from_profile_type }),
    invitation: (call, offer) => ({
      type: "call_invitation",
      call_type: call.type,
      conversation_id: call.conversation,
      ...both,
      from_name: me.name ?? "",
      from_avatar: me.profile_picture ?? null,
      ...to(call.peer),
      to_user_id: call.peer.user_id ?? null,
      offer,
    }),
    answer: (call, answer) => ({ type: "call_answer", ...about(call), answer }),
    candidate: (call, candidate) => ({ type: "ice_candidate", ...about(call), candidate }),
    declined: (call) => ({ type: "call_declined", ...about(call) }),
    cancelled: (call) => ({ type: "call_cancelled", ...about(call), call_type: call.type }),
    ended: (call) => ({ type: "call_ended", ...about(call), call_type: call.type }),
  };
}
