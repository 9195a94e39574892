/** One RTCPeerConnection. Descriptions and candidates are plain JSON; candidates that come too early wait. */

export function createPeer({ iceServers, local, onCandidate, onRemote, onConnected, onLost }) {
  const connection = new RTCPeerConnection({ iceServers });
  const waiting = [];
  let described = false;

  for (const track of local.getTracks()) connection.addTrack(track, local);
  connection.addEventListener(
    "icecandidate",
    ({ candidate }) => candidate && onCandidate(candidate.toJSON()),
  );
  connection.addEventListener("track", ({ streams }) => onRemote(streams[0]));
  connection.addEventListener("connectionstatechange", () => {
    if (connection.connectionState === "connected") onConnected();
    if (connection.connectionState === "failed") onLost();
  });

  async function takeRemote(description) {
    await connection.setRemoteDescription(description);
    described = true;
    await Promise.all(waiting.splice(0).map(use));
  }

  const use = (candidate) => connection.addIceCandidate(candidate).catch(() => undefined);

  async function sayLocal(description) {
    await connection.setLocalDescription(description);
    const { type, sdp } = connection.localDescription;
    return { type, sdp };
  }

  return {
    offer: async () => sayLocal(await connection.createOffer()),
    async answer(offer, early) {
      waiting.push(...early);
      await takeRemote(offer);
      return sayLocal(await connection.createAnswer());
    },
    answered: takeRemote,
    add: (candidate) => (!candidate ? undefined : described ? use(candidate) : waiting.push(candidate)),
    close: () => connection.close(),
  };
}
