// A page opened from the disk may start no worker: let the search run in a hidden frame of the page instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.documentElement.append(this.frame)
      const inside = this.frame.contentWindow
      const handed = (data) => new MessageEvent("message", { data })
      this.ready = new Promise((done, failed) => {
        inside.postMessage = (data) => {
          const event = handed(data)
          this.dispatchEvent(event)
          this.onmessage?.(event)
        }
        const script = inside.document.createElement("script")
        Object.assign(script, { src: url, onload: done, onerror: failed })
        inside.document.body.append(script)
      })
      this.tell = (data) => inside.dispatchEvent(handed(data))
    }
    postMessage(data) {
      this.ready.then(() => this.tell(data))
    }
    terminate() {
      this.frame.remove()
    }
  }
}
