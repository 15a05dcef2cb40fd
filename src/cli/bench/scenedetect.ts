import {execa} from 'execa'

/** PySceneDetect as its documentation calls it, with its published defaults. */
const SCRIPT = `
import json, sys
from scenedetect import AdaptiveDetector, ThresholdDetector, SceneManager, open_video
manager = SceneManager()
manager.add_detector(AdaptiveDetector())
manager.add_detector(ThresholdDetector())
manager.detect_scenes(open_video(sys.argv[1]))
print(json.dumps([start.get_frames() for start, _ in manager.get_scene_list()][1:]))
`

/** Whether a Python with the package is on this machine. */
export async function hasSceneDetect(signal: AbortSignal): Promise<boolean> {
  const {failed} = await execa('python3', ['-c', 'import scenedetect'], {reject: false, cancelSignal: signal})
  return !failed
}

/** The frames at which PySceneDetect finds a new scene. */
export async function sceneDetectFrames(path: string, signal: AbortSignal): Promise<number[]> {
  const {stdout} = await execa('python3', ['-c', SCRIPT, path], {cancelSignal: signal, stderr: 'ignore'})
  return JSON.parse(stdout) as number[]
}
