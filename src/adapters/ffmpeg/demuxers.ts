/**
 * The containers that ffmpeg may open, by its demuxers' names. All of them hold what they show: playlists (HLS, DASH, concat, IMF), stream
 * descriptions, devices and patterns of file names are not among them, so a file in disguise makes ffmpeg read nothing but itself.
 */
export const DEMUXERS = [
  '3dostr,4xm,aa,aac,aax,ac3,ac4,acm,act,adp,ads,adx,aea,afc,aiff,aix,alaw,amr,amrnb,amrwb,anm,apc,ape,apng,aptx,aptx_hd,argo_asf,asf,asf_o',
  'ass,ast,au,av1,avi,avif,avr,avs,avs2,avs3,bink,bfi,boa,bmp_pipe,caf,cavsvideo,cdxl,cine,codec2,c93,daud,dds_pipe,dhav,dirac,dnxhd',
  'dpx_pipe,dsf,dsicin,dss,dts,dtshd,dv,ea,eac3,evc,exr_pipe,fits,flac,flic,flv,frm,g722,g723_1,g726,g729,gdv,gif,gif_pipe,gsm,gxf,h261,h263',
  'h264,hca,hcom,hdr_pipe,heif,hevc,hnm,ico,iff,ilbc,ipmovie,ircam,iss,ivf,ivr,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,jpegxl_anim,jv',
  'kvag,live_flv,lmlm4,loas,lxf,m4v,matroska,webm,mgsts,mjpeg,mjpeg_2000,mlp,mm,mods,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts',
  'mpegvideo,mpjpeg,msf,mtv,mv,mvi,mxf,mxg,nc,nistsphere,nsv,nut,nuv,ogg,oma,osq,paf,pam_pipe,pbm_pipe,pcx_pipe,pfm_pipe,pgm_pipe,phm_pipe',
  'pictor_pipe,pmp,png_pipe,ppm_pipe,psd_pipe,pva,pvf,qcp,qdraw_pipe,qoa,qoi_pipe,r3d,rl2,rm,roq,rpl,rso,sbc,sds,sdx,sgi_pipe,shn,siff,smjpeg',
  'smk,sol,sox,spdif,srt,sunrast_pipe,svg_pipe,swf,tak,thp,tiff_pipe,truehd,tta,tty,txd,vbn_pipe,vc1,vc1test,vividas,vivo,vmd,voc,vqf,vvc',
  'w64,wav,wc3movie,webp_pipe,webvtt,wsaud,wsd,wsvqa,wtv,wv,xa,xbm_pipe,xmv,xpm_pipe,xwd_pipe,xwma,yop,yuv4mpegpipe',
].join(',')
