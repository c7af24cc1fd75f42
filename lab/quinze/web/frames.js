// frames.js: single pictures of a recorded video.

const event = (target, name, ms = 3000) => new Promise((resolve) => {
  const timer = setTimeout(() => resolve(false), ms);
  target.addEventListener(name, () => {
    clearTimeout(timer);
    resolve(true);
  }, { once: true });
});

// frames takes n pictures of the video at even distances. Each has a canvas,
// its size, and jpeg(). There are fewer if the browser cannot show the video.
export async function frames(blob, seconds, n) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.preload = "auto";
  const url = URL.createObjectURL(blob);
  const ready = event(video, "loadeddata");
  video.src = url;
  const pictures = [];
  try {
    if (!(await ready)) return pictures;
    for (let i = 0; i < n; i++) {
      const sought = event(video, "seeked", 1500);
      video.currentTime = (seconds * (i + 1)) / (n + 1);
      await sought;
      pictures.push(picture(video));
    }
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
  return pictures;
}

function picture(video) {
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, 640 / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return {
    canvas,
    width: canvas.width,
    height: canvas.height,
    jpeg: () => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8)),
  };
}
